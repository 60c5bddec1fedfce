"""Every fault that an update on a device can meet, and the tests that are about it.

The numbers are those of the list in the agent's manual; a test of this folder checks that every
named test is there.
"""

FAULT_POINTS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "power cut between any two operations",
        ("test_a_sample_of_all_cuts_and_pairs_of_cuts_is_survived",),
    ),
    2: ("torn write", ("test_no_prefix_and_no_flipped_bit_passes_for_a_record",)),
    3: ("bytes lost that were not synced", ("test_the_sweep_finds_a_file_that_is_not_synced",)),
    4: ("names lost that were not synced", ("test_the_sweep_finds_a_name_that_is_not_synced",)),
    5: ("a name that is gone for a moment", ("test_any_stored_file_may_be_lost_or_rotten",)),
    6: (
        "no room",
        (
            "test_a_full_medium_is_told_as_the_reason",
            "test_too_little_room_is_told_and_nothing_is_downloaded",
        ),
    ),
    7: (
        "input/output error, read-only medium",
        (
            "test_a_failure_at_any_operation_leaves_a_good_slot",
            "test_a_medium_that_went_read_only_keeps_the_model_running",
        ),
    ),
    8: (
        "short writes and failing calls",
        ("test_an_agent_killed_or_failed_at_system_calls_converges",),
    ),
    9: ("rotten slot", ("test_every_block_of_a_slot_is_looked_at",)),
    10: (
        "rotten state",
        (
            "test_a_lost_state_is_rebuilt_from_what_the_slots_prove",
            "test_one_damaged_file_costs_one_step_at_most",
        ),
    ),
    11: ("crash after the switch", ("test_a_trial_goes_on_after_a_restart",)),
    12: (
        "a model that crashes at start",
        (
            "test_a_model_that_ends_the_agent_three_times_is_given_up",
            "test_a_digest_that_failed_is_not_tried_again",
        ),
    ),
    13: ("a model that answers wrong", ("test_a_model_that_answers_wrong_is_never_switched_to",)),
    14: ("a check that hangs", ("test_a_model_that_hangs_is_stopped_at_the_deadline",)),
    15: ("a loop of restarts", ("test_fifty_more_cuts_do_not_end_in_a_loop",)),
    16: (
        "another version of the agent",
        ("test_what_a_newer_agent_wrote_is_kept_by_an_older_one",),
    ),
    17: (
        "wrong clocks",
        (
            "test_a_device_in_1970_or_2040_still_updates",
            "test_time_never_goes_before_what_was_signed",
            "test_a_device_with_a_wrong_clock_updates",
            "test_a_clock_that_jumps_in_the_middle_of_an_update_changes_nothing",
        ),
    ),
    18: ("cut connections", ("test_a_body_that_breaks_off_is_continued",)),
    19: (
        "a server that lies about ranges",
        (
            "test_a_server_that_lies_about_ranges_makes_it_start_over",
            "test_never_more_than_the_signed_length_is_kept",
        ),
    ),
    20: (
        "slow drip",
        ("test_a_peer_that_drips_is_left", "test_a_body_that_drips_is_left_at_the_deadline"),
    ),
    21: (
        "a busy service",
        ("test_a_busy_service_is_asked_again_later", "test_retry_after_in_every_form"),
    ),
    22: (
        "a refused token, a device turned away",
        ("test_a_refused_token_is_renewed_once", "test_a_decommissioned_device_is_turned_away"),
    ),
    23: ("413 to a report", ("test_progress_that_nobody_wants_to_hear_stops_nothing",)),
    24: (
        "captive portal",
        ("test_a_captive_portal_is_no_service", "test_a_captive_portal_is_no_artifact"),
    ),
    25: (
        "redirects",
        (
            "test_a_download_may_come_from_elsewhere_but_credentials_stay",
            "test_a_protected_download_is_not_continued_unprotected",
        ),
    ),
    26: (
        "replayed and reordered instructions",
        ("test_another_assignment_with_the_same_counter_is_a_replay",),
    ),
    27: (
        "cancelled at any state",
        ("test_while_the_download_is_under_way", "test_after_the_switch_it_is_too_late"),
    ),
    28: ("two agents", ("test_two_agents_do_not_share_a_folder",)),
    29: ("killed at any system call", ("test_an_agent_killed_during_an_update_converges",)),
    30: ("rotated keys", ("test_a_device_that_slept_catches_up_with_every_root",)),
    31: ("a long time offline", ("test_a_month_offline_fills_nothing",)),
    32: ("thundering herd", ("test_a_fleet_that_lost_its_service_comes_back_spread_out",)),
    33: ("no time for updates", ("test_nothing_begins_while_the_file_exists",)),
    34: (
        "a folder that cannot be used",
        ("test_a_state_folder_that_cannot_be_written_is_exit_code_one",),
    ),
    35: (
        "an address that is none",
        (
            "test_a_link_that_is_no_address_is_an_answer_that_did_not_come",
            "test_a_redirect_to_no_address_is_waited_out",
            "test_an_enrolment_never_keeps_an_address_that_nobody_can_ask",
        ),
    ),
    36: (
        "an answer without end",
        (
            "test_a_compressed_answer_is_not_blown_up",
            "test_a_head_that_drips_is_left_at_its_deadline",
            "test_an_endless_answer_is_cut_at_its_limit",
        ),
    ),
    37: (
        "inputs and feeds of any kind",
        (
            "test_an_input_beyond_the_range_of_its_quotient_is_clipped",
            "test_a_feed_that_does_not_begin_leaves_the_agent_without_inputs",
        ),
    ),
    38: ("no room for a process", ("test_a_device_without_room_for_a_process_blames_no_model",)),
    39: (
        "told to end",
        (
            "test_told_to_stop_a_download_ends_at_once_and_goes_on_at_the_next_start",
            "test_a_model_that_was_told_to_end_four_times_is_not_given_up",
        ),
    ),
    40: ("a model that talks", ("test_a_model_that_talks_fills_nothing",)),
}
