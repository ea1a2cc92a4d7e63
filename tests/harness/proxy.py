"""A TCP relay between two regions that can be cut, made slow or silent while connections are open."""

import asyncio
import threading

from .region import RegionPair, free_port

CHUNK_BYTES = 64 * 1024


class Proxy:
    """Relays 127.0.0.1:port to `target_port`. Modes: pass, cut (refuses and drops), silent (accepts, moves nothing).

    `bytes_per_second` limits each direction of each connection; None is no limit.
    """

    def __init__(self, target_port):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.there_bytes = 0  # Taken from those who connect, for the target.
        self._target_port = target_port
        self._mode = "pass"
        self._bytes_per_second = None
        self._loop = asyncio.new_event_loop()
        self._writers = set()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait()

    def set(self, mode, bytes_per_second=None):
        assert mode in ("pass", "cut", "silent")

        def change():
            self._mode, self._bytes_per_second = mode, bytes_per_second
            if mode == "cut":
                for writer in list(self._writers):
                    writer.transport.abort()
        self._loop.call_soon_threadsafe(change)

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self, started):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", self.port))
        started.set()
        self._loop.run_forever()

    async def _accept(self, reader, writer):
        if self._mode == "cut":
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, there_writer}
        self._writers |= pair
        try:
            await asyncio.gather(self._move(reader, there_writer, self._count), self._move(there_reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers -= pair
            for end in pair:
                end.transport.abort()

    def _count(self, data):
        self.there_bytes += len(data)

    async def _move(self, reader, writer, seen=lambda data: None):
        while True:
            data = await reader.read(CHUNK_BYTES)
            seen(data)
            while self._mode == "silent":
                await asyncio.sleep(0.02)
            if not data:
                if writer.can_write_eof():
                    writer.write_eof()
                return
            if self._bytes_per_second:
                await asyncio.sleep(len(data) / self._bytes_per_second)
            writer.write(data)
            await writer.drain()


class ProxiedPair(RegionPair):
    """Two linked regions; the first reaches the second through `link`."""

    def __init__(self, root, **more):
        super().__init__(root, **more)
        self.link = Proxy(self.second.port)
        self.first.peers = [(self.second.name, self.link.url)]

    def stop(self):
        codes = super().stop()
        self.link.stop()
        return codes
