"""How many processes serve each queue where `syndicate up` runs them all."""

from __future__ import annotations

from pydantic import Field

from syndicate.settings.section import Section


class Workers(Section):
    """Worker processes of one machine; each does one task at a time and takes about 70 MB.

    Queues of no process of their own (0) share one.
    """

    #: Reads posts, fetches remote feeds, asks for bounces.
    ingest: int = Field(default=0, ge=0, le=64)
    #: Writes feeds: there is little to do before a post is read, so it waits for nobody.
    publish: int = Field(default=0, ge=0, le=64)
    #: Cuts editions and plans mailings.
    digest: int = Field(default=1, ge=0, le=64)
    #: Sends mailings; each process by `[delivery] connections` connections.
    deliver: int = Field(default=2, ge=0, le=64)
    #: Sends letters that somebody waits for, such as the one to confirm by.
    post: int = Field(default=1, ge=0, le=64)
    #: Seconds for which a worker may show no sign of life, or take none of the tasks that wait,
    #: before it is replaced.
    patience: float = Field(default=60, ge=3)

    def crew(self) -> dict[str, tuple[str, ...]]:
        """The processes by name, each with the queues that it serves."""
        counts = self.model_dump(exclude={"patience"})
        shared = tuple(queue for queue, count in counts.items() if count == 0)
        alone = {
            f"{queue}-{number}" if count > 1 else queue: (queue,)
            for queue, count in counts.items()
            for number in range(1, count + 1)
        }
        return ({"worker": shared} if shared else {}) | alone
