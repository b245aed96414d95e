"""A plug-in for beets (https://beets.io): valence, arousal and mood of the songs in a library.

    plugins: emotrack
    emotrack:
        auto: no          # while importing too
        write: no         # into the files' tags too, as `emotrack tag` names them
        model: music      # a bundled model, or a file
        force: no         # songs that have values already are heard again
        threads: 0        # songs at a time; 0: one a core
"""
from __future__ import annotations

import math
import os
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any, Iterable, Iterator, Tuple, Union

import mediafile
from beets import plugins, ui, util
from beets.dbcore import types

import emotrack

Heard = Tuple[Any, Union[emotrack.Annotation, emotrack.EmotrackError]]


def _field(name: str, kind: type) -> mediafile.MediaField:
    styles = (mediafile.MP3DescStorageStyle, mediafile.MP4StorageStyle, mediafile.StorageStyle, mediafile.ASFStorageStyle)
    keys = (name, f"----:com.apple.iTunes:{name}", name, name)
    return mediafile.MediaField(*(style(key, float_places=6) for style, key in zip(styles, keys)), out_type=kind)


class EmotrackPlugin(plugins.BeetsPlugin):
    item_types = {"valence": types.NullFloat(6), "arousal": types.NullFloat(6), "mood": types.STRING}

    def __init__(self) -> None:
        super().__init__()
        self.config.add({"auto": False, "write": False, "model": "music", "force": False, "threads": 0})
        for name, kind in (("valence", float), ("arousal", float), ("mood", str)):
            self.add_media_field(name, _field(f"EMOTRACK_{name.upper()}", kind))
        if self.config["auto"].get(bool):
            self.import_stages = [self.imported]

    def commands(self) -> list:
        command = ui.Subcommand("emotrack", help="valence, arousal and mood of songs")
        command.parser.add_option("-f", "--force", action="store_true", default=None, help="also of songs that have values")
        command.parser.add_option("-w", "--write", action="store_true", default=None, help="write them into the files' tags")
        command.parser.add_option("-W", "--nowrite", action="store_false", dest="write", help="keep them in beets' library alone")
        command.parser.add_option("-p", "--pretend", action="store_true", help="only show which songs would be heard")
        command.func = self.run
        return [command]

    def run(self, library: Any, options: Any, query: list) -> None:
        self.config.set_args(options)
        force = self.config["force"].get(bool)
        items = [item for item in library.items(query) if force or None in (item.get("valence"), item.get("arousal"))]
        if options.pretend:
            for item in items:
                ui.print_(format(item))
            return
        failed = self.follow(items)
        if failed:
            raise ui.UserError(f"emotrack: {failed} of {len(items)} songs could not be heard")

    def imported(self, session: Any, task: Any) -> None:
        self.follow(task.imported_items())

    def follow(self, items: Iterable[Any]) -> int:
        """Hears the items, stores their values, writes them where that is wanted; how many failed."""
        write, failed = self.config["write"].get(bool), 0
        for item, heard in self.hear(items):
            if isinstance(heard, Exception):
                self._log.error("{}: {}", item, heard)
                failed += 1
                continue
            about = heard.summary()
            for name in ("valence", "arousal"):
                mean = about[f"{name}_mean"]
                item[name] = mean if math.isfinite(mean) else None  # a model may have one of both alone
            item["mood"] = heard.mood
            item.store()
            self._log.info("{}: valence {}, arousal {}, {}", item, item["valence"], item["arousal"], item["mood"])
            if write:
                item.try_write()
        return failed

    def hear(self, items: Iterable[Any]) -> Iterator[Heard]:
        """The items as they are done, several at a time."""
        model = emotrack.Model(self.config["model"].as_str())

        def annotate(item: Any, path: str) -> Heard:
            try:
                return item, emotrack.annotate(path, model=model)
            except emotrack.EmotrackError as problem:
                return item, problem

        threads = self.config["threads"].get(int) or len(os.sched_getaffinity(0))
        waiting = ((item, util.syspath(item.path)) for item in items) # beets knows whole paths in its own thread only
        with ThreadPoolExecutor(threads) as pool:
            running = {pool.submit(annotate, *item) for item in islice(waiting, 2 * threads)}
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for one in done:
                    running |= {pool.submit(annotate, *item) for item in islice(waiting, 1)}
                    yield one.result()
