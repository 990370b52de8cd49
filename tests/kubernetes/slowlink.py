"""A far cluster: a TCP proxy on loopback with the bandwidth and delay of a long link, in each direction by itself.
All its connections share the bandwidth. On SIGTERM it prints the bytes carried and ends.
usage: slowlink.py LISTEN-PORT TARGET-PORT MEGABITS-PER-SECOND ONE-WAY-MILLISECONDS"""

import asyncio
import signal
import sys
import time

PIECE = 16 * 1024
BACKLOG = 0.05  # seconds of data that wait before the link; then the sender is held back, as by a full window


class Direction:
    """One way of the link: when it is free again, and what it has carried."""

    def __init__(self, bytes_per_second, delay):
        self.bytes_per_second, self.delay = bytes_per_second, delay
        self.free_at, self.carried = 0.0, 0

    def send(self, size):
        """Books the link for `size` bytes; returns when they arrive."""
        self.free_at = max(self.free_at, time.monotonic()) + size / self.bytes_per_second
        self.carried += size
        return self.free_at + self.delay

    async def room(self):
        waiting = self.free_at - time.monotonic()
        if waiting > BACKLOG:
            await asyncio.sleep(waiting - BACKLOG)


async def deliver(arrivals, writer):
    while (arrival := await arrivals.get()) is not None:
        at, data = arrival
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        writer.write(data)
        await writer.drain()


async def carry(reader, writer, way):
    arrivals = asyncio.Queue()
    delivery = asyncio.create_task(deliver(arrivals, writer))
    try:
        while not delivery.done() and (data := await reader.read(PIECE)):
            arrivals.put_nowait((way.send(len(data)), data))
            await way.room()
        arrivals.put_nowait(None)
        await delivery
    except OSError:
        delivery.cancel()
    finally:
        writer.close()


async def main(listen, target, megabits, milliseconds):
    up, down = (Direction(megabits * 1e6 / 8, milliseconds / 1000) for _ in range(2))

    async def connected(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(carry(reader, far_writer, up), carry(far_reader, writer, down))
        except asyncio.CancelledError:
            pass  # the proxy ends: so do its connections

    await asyncio.start_server(connected, "127.0.0.1", listen, limit=1 << 16)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    print(f"up {up.carried / 1e6:.1f} MB down {down.carried / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    try:
        numbers = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    except (IndexError, ValueError):
        raise SystemExit(__doc__) from None
    asyncio.run(main(*numbers))
