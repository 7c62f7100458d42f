"""The second process of a pull: reads answers, maps and judges records, makes rows of them.

It has no connection, no credentials and no database; it gets bytes and gives bytes. It ends when
whoever started it does, or is done with it.
"""

import gc
import os
import signal
from collections.abc import Iterator
from importlib import import_module
from typing import IO

import msgspec

from checks.context import CheckContext
from checks.settings import CheckSettings
from connectors.core.source import Source
from flows.ahead import ahead
from flows.heap import share_stock
from flows.second_protocol import RARELY, Done, Setting, Work, read_message, write_message
from flows.stages.judging import Judge
from flows.stages.preparing import Prepared, prepared, read_once
from itsm.errors import CsiError


def main() -> None:
    """Work until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends this one
    share_stock()
    asked = os.fdopen(os.dup(0), "rb", buffering=1 << 20)
    told = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
    os.dup2(2, 1)  # should anything print, it is not taken for an answer
    try:
        _work(asked, told)
    except BrokenPipeError:  # nobody listens any more
        os._exit(0)


def _work(asked: IO[bytes], told: IO[bytes]) -> None:
    first = read_message(asked)
    if first is None:
        return
    setting = msgspec.msgpack.decode(first, type=Setting)
    source = _source(setting)
    thresholds = CheckSettings.model_validate(setting.checks)
    gc.freeze()
    gc.set_threshold(*RARELY)
    gc.enable()
    write_message(told, Done(None))
    decode = msgspec.msgpack.Decoder(Work).decode
    for work in ahead(_messages(asked), depth=1):  # so that whoever gives it need not wait
        write_message(told, Done(_done(setting, thresholds, source, decode(work))))


def _messages(asked: IO[bytes]) -> Iterator[bytes]:
    while (message := read_message(asked)) is not None:
        yield message


def _source(setting: Setting) -> Source:
    """The source, without loading the connectors of other systems."""
    config, source = (
        getattr(import_module(module), name) for module, name in (setting.config, setting.source)
    )
    made: Source = source(setting.name, config.model_validate(setting.given))
    return made


def _done(
    setting: Setting, thresholds: CheckSettings, source: Source, work: Work
) -> Prepared | None:
    """What is made of some work; None if it fails: the first process will see why, and tell."""
    context = CheckContext(
        source=setting.name,
        cutoff_at=work.cutoff_at,
        read_at=work.read_at,
        settings=thresholds,
    )
    judge = Judge(source, work.kind, work.makes_history, context)
    try:
        made = prepared(read_once(source, work.kind, work.answers), judge, setting.dialect)
    except CsiError:
        return None
    is_known = all(one.is_packed for one in work.answers)  # and so need not come back
    return made._replace(hashes=[], payloads=[]) if is_known else made


if __name__ == "__main__":
    main()
