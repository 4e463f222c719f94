#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""extract_peer.py BASE_URL FOLDER [options]: what `gridring extract` does, as a careful Python client does it.

One requests.Session over five threads fetches windows of at most 5,000 rows of region-data, writes each body to a file with
fsync, parses it, and writes the values to FOLDER/peer.h5 with h5py (gzip 1, shuffle). The key comes from EIA_API_KEY. It does
less than gridring: bodies are kept unpacked and with the key in them, nothing is screened, and nothing goes on after a kill.
Prints one line of JSON; its processor time leaves out the start of Python and its imports. Needs python3-requests,
python3-h5py and python3-numpy (Debian); tests/bench/extract_table runs it beside gridring."""
import argparse
import json
import os
import resource
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import h5py
import numpy
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

PAGE_ROWS = 5000
TYPES = ["D", "DF", "NG", "TI"]
HOUR = timedelta(hours=1)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base_url")
    parser.add_argument("folder")
    parser.add_argument("--from", dest="first", default="2019-01-01T00")
    parser.add_argument("--to", dest="last", default="2025-12-31T23")
    parser.add_argument("--regions", default="BPAT,CISO,ERCO,MISO,PACW")
    parser.add_argument("--connections", type=int, default=5)
    parser.add_argument("--rate", type=float, default=0, help="requests a second of all connections; 0 = no limit")
    given = parser.parse_args()
    given.first, given.last = (datetime.fromisoformat(text + ":00") for text in (given.first, given.last))
    given.regions = given.regions.split(",")
    return given


class Pace:
    """Four requests at once, and `rate` a second in the long run: the token bucket of gridring's defaults."""

    def __init__(self, rate, burst=4):
        self.gap = 1 / rate if rate else 0
        self.next = time.monotonic() - burst * self.gap
        self.slack = (burst - 1) * self.gap
        self.lock = threading.Lock()

    def wait(self):
        with self.lock:
            self.next = max(self.next, time.monotonic() - self.slack - self.gap) + self.gap
            due = self.next
        time.sleep(max(0, due - time.monotonic()))


class Client:
    def __init__(self, given):
        self.given = given
        self.pace = Pace(given.rate)
        self.session = requests.Session()
        self.session.headers["X-Api-Key"] = os.environ["EIA_API_KEY"]
        retry = Retry(total=6, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504))
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, HTTPAdapter(pool_maxsize=given.connections, max_retries=retry))
        hours = int((given.last - given.first) / HOUR) + 1
        self.hour = {(given.first + i * HOUR).strftime("%Y-%m-%dT%H"): i for i in range(hours)}
        self.column = {(region, kind): (t, r) for t, kind in enumerate(TYPES) for r, region in enumerate(given.regions)}
        self.values = numpy.full((len(TYPES), len(given.regions), hours), numpy.nan)

    def windows(self):
        length = PAGE_ROWS // len(self.column) * HOUR
        first = self.given.first
        while first <= self.given.last:
            yield first, min(first + length - HOUR, self.given.last)
            first += length

    def fetch(self, window):
        """All pages of one window; how many rows and pages it had."""
        first, last = (hour.strftime("%Y-%m-%dT%H") for hour in window)
        query = [("frequency", "hourly"), ("data[0]", "value")]
        query += [("facets[respondent][]", region) for region in self.given.regions]
        query += [("facets[type][]", kind) for kind in TYPES]
        query += [("start", first), ("end", last)]
        for i, column in enumerate(("period", "respondent", "type")):
            query += [(f"sort[{i}][column]", column), (f"sort[{i}][direction]", "asc")]
        received = pages = 0
        while True:
            self.pace.wait()
            reply = self.session.get(f"{self.given.base_url}/electricity/rto/region-data/data/",
                                     params=query + [("offset", received), ("length", PAGE_ROWS)], timeout=(10, 120))
            reply.raise_for_status()
            self.keep(f"{first}_{received}.json", reply.content)
            response = json.loads(reply.content)["response"]
            self.take(response["data"])
            received += len(response["data"])
            pages += 1
            total = int(response["total"])
            if received == total:
                return received, pages
            if received > total or not response["data"]:
                raise RuntimeError(f"{first}: expected {total} rows, received {received}")

    def keep(self, name, body):
        with open(os.path.join(self.given.folder, "raw", name), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())

    def take(self, rows):
        columns = [self.column[row["respondent"], row["type"]] for row in rows]
        hours = [self.hour[row["period"]] for row in rows]
        values = [numpy.nan if row["value"] is None else float(row["value"]) for row in rows]
        kinds, regions = zip(*columns) if columns else ((), ())
        self.values[kinds, regions, hours] = values

    def write(self):
        with h5py.File(os.path.join(self.given.folder, "peer.h5"), "w") as file:
            for kind, values in zip(TYPES, self.values):
                file.create_dataset(kind, data=values, compression="gzip", compression_opts=1, shuffle=True)
            file.flush()


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    given = arguments()
    os.makedirs(os.path.join(given.folder, "raw"), exist_ok=True)
    start, busy = time.monotonic(), processor_seconds()
    client = Client(given)
    with ThreadPoolExecutor(given.connections) as pool:
        fetched = list(pool.map(client.fetch, client.windows()))
    client.write()
    seconds, cpu = time.monotonic() - start, processor_seconds() - busy
    records, pages = (sum(column) for column in zip(*fetched))
    print(json.dumps({"records": records, "pages": pages, "seconds": seconds, "cpu_seconds": cpu,
                      "records_per_second": records / seconds, "records_per_cpu_second": records / cpu}))


if __name__ == "__main__":
    main()
