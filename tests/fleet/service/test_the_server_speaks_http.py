"""Bodies in chunks, HEAD, keep-alive, limits and addresses, as clients of every kind need them."""

from collections.abc import Iterator
from http.client import HTTPConnection

from fleet.service import connections
from tests.fleet.service.serving import PATIENCE_SECONDS, ask, sent, serving


def test_a_body_in_chunks_arrives_whole_and_with_its_length() -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"id":'
        yield b' "7"}'

    with serving() as port:
        status, told = ask(port, method="PUT", body=pieces())  # of a length that is not known
    assert (status, told) == (200, b'127.0.0.1 11 -|{"id": "7"}')


def test_a_head_has_no_body_and_the_connection_goes_on() -> None:
    with serving() as port:
        line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        for method, expected in (("HEAD", b""), ("GET", b"127.0.0.1 - -|"), ("HEAD", b"")):
            line.request(method, "/")
            answer = line.getresponse()
            assert (answer.status, answer.read()) == (200, expected)
            assert answer.headers["Content-Length"] == "14"
        line.close()


def test_requests_that_come_together_are_answered_in_their_order() -> None:
    words = b"".join(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n%d" % n for n in range(5)
    )
    with serving() as port, sent(port, words) as (line,):
        answers = b""
        while answers.count(b"|") < 5:
            answers += line.recv(65536)
    assert [answers[at + 1 :][:1] for at in _places(answers)] == [b"0", b"1", b"2", b"3", b"4"]


def test_a_head_that_is_too_large_is_refused() -> None:
    with serving() as port:
        status, _ = ask(port, headers={"X-Large": "x" * connections.HEADER_BYTES_MAX})
    assert status == 431


def test_a_body_that_is_too_large_is_refused_before_it_comes() -> None:
    words = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n"
    with serving() as port, sent(port, words) as (line,):
        assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_one_who_waits_for_leave_to_send_is_given_it() -> None:
    words = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    with serving() as port, sent(port, words) as (line,):
        assert line.recv(100).startswith(b"HTTP/1.1 100")
        line.sendall(b"ok")
        answer = b""
        while not answer.endswith(b"|ok"):
            piece = line.recv(1000)
            assert piece, answer
            answer += piece


def test_what_a_proxy_says_of_the_caller_arrives_and_the_address_is_the_peers() -> None:
    with serving() as port:
        _, told = ask(port, headers={"X-Forwarded-For": "203.0.113.9"})
    assert told == b"127.0.0.1 - 203.0.113.9|"


def _places(answers: bytes) -> list[int]:
    return [at for at, byte in enumerate(answers) if byte == ord("|")]
