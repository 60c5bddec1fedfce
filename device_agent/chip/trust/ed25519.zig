//! Verifies an order of strength 2 with the Zig standard library: `ef_slots_port.signature`.
//!
//! An object of its own, for chips of 256 KB of flash and more: some 37 KB on Cortex-M4.
const std = @import("std");

pub const panic = std.debug.no_panic;

/// 0 when `signature` (64 bytes) is the one of `key` (32 bytes) for the message, -1 otherwise.
export fn ef_ed25519_verify(key: *const [32]u8, message: [*]const u8, bytes: u32, signature: *const [64]u8) callconv(.c) i32 {
    const Ed25519 = std.crypto.sign.Ed25519;
    const public = Ed25519.PublicKey.fromBytes(key.*) catch return -1;
    Ed25519.Signature.fromBytes(signature.*).verify(message[0..bytes], public) catch return -1;
    return 0;
}
