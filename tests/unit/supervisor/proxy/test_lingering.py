"""What older processes still hold."""

from kr8.supervisor.proxy.lingering import connections, far_end

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def line(far: str, state: str, inode: int) -> str:
    return f"   0: 0100007F:1F90 {far} {state} 00000000:00000000 00:00000000 00000000  0  0 {inode} 1 0 20 4 30 10 -1\n"


def test_established_connections_by_inode() -> None:
    text = HEAD + line("0100007F:2329", "01", 77) + line("0100007F:2329", "06", 78) + line("00000000:0000", "0A", 79)
    assert connections(text) == {"77": ("127.0.0.1", 9001)}


def test_ipv6() -> None:
    assert connections(HEAD + line("00000000000000000000000001000000:0050", "01", 5)) == {"5": ("::1", 80)}


def test_far_end() -> None:
    assert far_end("127.0.0.1:9001") == ("127.0.0.1", 9001)
    assert far_end("[::1]:80") == ("::1", 80)
