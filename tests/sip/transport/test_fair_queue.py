from sip.transport.fair_queue import FairQueue


def test_senders_take_turns_and_each_keeps_its_order() -> None:
    queue: FairQueue[str] = FairQueue()
    for number in range(4):
        queue.put("scanner", f"scan {number}")
    queue.put("phone", "INVITE")
    queue.put("phone", "ACK")
    order = []
    while queue:
        order.append(queue.take())
    assert order == ["scan 0", "INVITE", "scan 1", "ACK", "scan 2", "scan 3"]


def test_a_sender_that_comes_later_waits_for_one_item_of_each_other() -> None:
    queue: FairQueue[str] = FairQueue()
    for number in range(100):
        queue.put("scanner", f"scan {number}")
    queue.take()
    queue.put("phone", "INVITE")
    assert [queue.take(), queue.take()] == ["scan 1", "INVITE"]
