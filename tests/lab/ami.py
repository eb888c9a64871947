"""The manager interface: a client that acts and records what it hears, and a relay through which the agent program goes.

The relay is how the lab cuts that connection and sees what the agent program saw; Asterisk itself cannot be asked to.
"""

import asyncio
import time

ASTERISK = ("127.0.0.1", 5038)


def events(data):
    """each event or response of a recorded stream as a dict; a name that comes again keeps its first value"""
    for block in data.decode("utf-8", "replace").split("\r\n\r\n"):
        fields = {}
        for line in block.split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                fields.setdefault(name, value.strip())
        if fields:
            yield fields


class Client:
    """records everything into `path`; connects again while it is open"""

    def __init__(self, path, on_event):
        self.path, self.on_event = path, on_event
        self.writer, self.task, self.closed = None, None, False
        self.actions = 0

    def open(self):
        self.task = asyncio.get_running_loop().create_task(self.live())

    async def live(self):
        with open(self.path, "ab") as record:
            while not self.closed:
                try:
                    reader, self.writer = await asyncio.open_connection(*ASTERISK)
                    self.act("Login", Username="lab", Secret="lab-truth-secret")
                    await self.listen(reader, record)
                except OSError:
                    pass
                self.writer = None
                await asyncio.sleep(0.3)

    async def listen(self, reader, record):
        rest = b""
        while True:
            data = await reader.read(65536)
            if not data:
                return
            record.write(data)
            record.flush()
            whole, separator, last = (rest + data).rpartition(b"\r\n\r\n")
            rest = last if separator else rest + data
            for event in events(whole):
                self.on_event(event)

    def act(self, action, **fields):
        if self.writer is None:
            return False
        self.actions += 1
        lines = [f"Action: {action}", f"ActionID: lab{self.actions}", *(f"{k}: {v}" for k, v in fields.items())]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        return True

    @staticmethod
    async def guess():
        """one who tries a password"""
        _, writer = await asyncio.open_connection(*ASTERISK)
        writer.write(b"Action: Login\r\nUsername: admin\r\nSecret: admin\r\n\r\n")
        await asyncio.sleep(0.5)
        writer.close()

    def close(self):
        self.closed = True
        if self.writer:
            self.writer.close()
        if self.task:
            self.task.cancel()


class Relay:
    """another port of 127.0.0.1 for 5038; what Asterisk says goes into `path` too"""

    def __init__(self, path, port):
        self.address = ("127.0.0.1", port)
        self.path, self.open_pairs, self.refusing, self.cuts = path, set(), False, []
        self.joined = []  # times at which the agent program came

    async def open(self):
        self.server = await asyncio.start_server(self.serve, *self.address)

    async def serve(self, reader, writer):
        try:
            if self.refusing:
                return
            there_reader, there_writer = await asyncio.open_connection(*ASTERISK)
            self.joined.append(time.time())
            self.open_pairs.add((writer, there_writer))
            with open(self.path, "ab") as record:
                await asyncio.wait([asyncio.ensure_future(self.pump(reader, there_writer, None)),
                                    asyncio.ensure_future(self.pump(there_reader, writer, record))],
                                   return_when=asyncio.FIRST_COMPLETED)
            self.open_pairs.discard((writer, there_writer))
            there_writer.close()
        except (OSError, asyncio.CancelledError):  # nobody is there, or the run is over
            pass
        finally:
            writer.close()

    @staticmethod
    async def pump(reader, writer, record):
        try:
            while data := await reader.read(65536):
                if record:
                    record.write(data)
                    record.flush()
                writer.write(data)
                await writer.drain()
        except (ConnectionError, OSError):
            pass

    async def cut(self, seconds):
        """ends the connection at once, without a word, and lets nobody in for so long"""
        began = time.time()
        self.refusing = True
        for pair in list(self.open_pairs):
            for writer in pair:
                writer.transport.abort()
        await asyncio.sleep(seconds)
        self.refusing = False
        self.cuts.append([began, time.time()])

    def close(self):
        self.server.close()
