# SPDX-License-Identifier: MIT
"""attend_test.py GRIDRING: tensors as h5py writes them through `gridring attend`, against dense float64; and bad files,
each with its exit code and one clear line."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy as np

from oracle import attention

gridring = os.path.realpath(sys.argv[1])
mpirun = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/mpirun_quiet")
failures = []


def wrong(text):
    failures.append(text)
    print("FAILED:", text, file=sys.stderr)


def run(ranks, *words):
    command = [mpirun, str(ranks), gridring, *words] if ranks else [gridring, *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def tensors(batch, steps, heads, kv_heads, dim, seed):
    random = np.random.default_rng(seed)
    wide, narrow = (batch, steps, heads, dim), (batch, steps, kv_heads, dim)
    return {name: random.normal(size=shape) for name, shape in
            {"q": wide, "k": narrow, "v": narrow, "d_out": wide}.items()}


def write(path, data, **options):
    with h5py.File(path, "w") as file:
        for name, values in data.items():
            file.create_dataset(name, data=values, **options)


def compare(name, out_file, expected, tolerance):
    with h5py.File(out_file) as file:
        if sorted(file) != sorted(expected):
            return wrong(f"{name}: expected datasets {sorted(expected)}, found {sorted(file)}")
        for key in ("command", "version", "commit", "options", "scale", "mask"):
            if key not in file.attrs:
                wrong(f"{name}: no attribute {key}")
        for key, values in expected.items():
            found = file[key][...].astype(np.float64)
            if found.shape != values.shape:
                wrong(f"{name}: {key} should be {values.shape}, found {found.shape}")
                continue
            holes = np.isinf(values)
            if not np.array_equal(holes, np.isinf(found)) or not np.isfinite(found[~holes]).all():
                wrong(f"{name}: {key} is infinite or NaN where it should not be")
                continue
            error = np.linalg.norm(found[~holes] - values[~holes]) / max(np.linalg.norm(values[~holes]), 1e-30)
            if not error < tolerance:
                wrong(f"{name}: {key} is off by {error:.2e} (relative L2), allowed {tolerance:.0e}")


def check(name, ranks, data, flags="", tolerance=2e-6, patterns=(), **how):
    """`how` goes to the oracle; data are rounded to fp32 by gridring, so float64 input is compared at fp32 precision."""
    code, output = run(ranks, "attend", "in.h5", "out.h5", *flags.split())
    if code != 0:
        return wrong(f"{name}: exit code {code}\n{output}")
    for pattern in ("^output: .*out.h5", "GFLOP/s", "work max/mean", *patterns):
        if not re.search(pattern, output, re.M):
            wrong(f"{name}: expected a line like {pattern}\n{output}")
    oracle_data = {key: data[key] for key in ("valid", "segment", "d_out") if key in data}
    if "valid" in data:
        holes = np.asarray(data["valid"]) == 0
        data = {key: np.where(holes[:, :, None, None], np.nan_to_num(values), values) if values.ndim == 4 else values
                for key, values in data.items()}
        if "d_out" in data:
            oracle_data["d_out"] = data["d_out"]
    compare(name, "out.h5", attention(data["q"], data["k"], data["v"], **oracle_data, **how), tolerance)


def good():
    plain = tensors(2, 37, 4, 2, 16, 1)
    write("in.h5", {name: values.astype(np.float32) for name, values in plain.items()})
    for ranks in (0, 1, 3):
        check(f"fp32, {ranks} ranks", ranks, plain, patterns=["mask causal"])
    check("bidirectional, striped, queries rotate", 3, plain, "--mask bidirectional --partition striped --rotate q "
          "--threads 2", causal=False)
    check("window, scale, weighted", 3, plain, "--window 9 --scale 0.5 --partition weighted --weights 1,2,1 --rotate kv",
          window=9, scale=0.5, patterns=["window 9", "weighted"])
    check("bidirectional window, eigen", 3, plain, "--mask bidirectional --window 5 --backend eigen "
          "--exchange nonblocking", causal=False, window=5, patterns=["backend eigen", "exchange nonblocking"])
    check("keys in bf16", 3, plain, "--wire bf16", tolerance=1e-2)

    half = {name: values.astype(">f2") for name, values in tensors(1, 50, 3, 3, 8, 2).items()}
    del half["d_out"]
    write("in.h5", half, chunks=True, compression="gzip", shuffle=True)
    check("float16, forward alone", 3, half)

    packed = tensors(3, 41, 2, 1, 24, 3)
    random = np.random.default_rng(4)
    packed["valid"] = random.random((3, 41)) > 0.3
    packed["valid"][1] = False
    packed["segment"] = np.sort(random.integers(-2, 3, (3, 41))).astype(np.int64)
    for name in ("q", "k", "v", "d_out"):
        packed[name][:, :, 0, 0][~packed["valid"]] = np.nan
    write("in.h5", packed)
    for ranks in (1, 3):
        check(f"float64 with holes and packed sequences, {ranks} ranks", ranks, packed,
              patterns=["not finite where /valid is 0"])
    packed["valid"] = packed["valid"].astype(np.float32)
    packed["segment"] = packed["segment"].astype(np.int16)
    write("in.h5", packed)
    check("valid and segment of other types", 3, packed, "--window 11 --partition contiguous", window=11)

    tiny = {name: values.astype(np.float32) for name, values in tensors(1, 2, 1, 1, 1, 5).items()}
    write("in.h5", tiny)
    check("more ranks than steps", 3, tiny)


def expect(code, pattern, data, *flags, ranks=0, out="bad.h5", path="bad_in.h5"):
    if data is not None:
        write(path, data)
    found, output = run(ranks, "attend", path, out, *flags)
    if found != code or not re.search(pattern, output):
        wrong(f"expected exit code {code} and /{pattern}/, found {found}: {output[-1500:]}")
    if ranks > 1 and len(re.findall(pattern, output)) != 1:
        wrong(f"expected one message from {ranks} ranks: {output[-1500:]}")
    if os.path.exists("bad.h5") or [name for name in os.listdir(".") if name.endswith(".tmp")]:
        wrong(f"files left after {pattern}: {os.listdir('.')}")


def bad():
    plain = {name: values.astype(np.float32) for name, values in tensors(1, 12, 4, 2, 8, 6).items()}

    def but(**changes):
        return {name: value for name, value in {**plain, **changes}.items() if value is not None}

    def spoilt(name, value, at):
        values = plain[name].copy()
        values[at] = value
        return but(**{name: values})

    expect(3, r"expected dataset /k, found .*/d_out \(1 x 12 x 4 x 8\)", but(k=None))
    expect(3, r"/q should be batch x time x heads x head_dim.*found 12 x 4", but(q=plain["q"][0, :, :, 0]))
    expect(3, r"found /q 1 x 12 x 4 x 8 and /k 1 x 11 x 2 x 8", but(k=plain["k"][:, :11]), ranks=3)
    expect(3, r"/v should be 1 x 12 x 2 x 8 \(as /k\), found 1 x 11 x 2 x 8", but(v=plain["v"][:, :11]))
    expect(3, r"should divide those of /q, found 3 in /k", but(k=plain["q"][:, :, :3], v=plain["q"][:, :, :3]))
    expect(3, r"each at least 1, found 1 x 0 x 4 x 8", but(q=plain["q"][:, :0]))
    expect(3, r"/valid should be 1 x 12", but(valid=np.ones((1, 13), bool)))
    expect(3, r"/segment should hold whole numbers", but(segment=np.full((1, 12), 0.5)))
    expect(3, r"/q should hold numbers", but(q=np.full((1, 12, 4, 8), b"x")))
    expect(6, r"/k\[0, 7, 1, 3\].*is nan", spoilt("k", np.nan, (0, 7, 1, 3)), ranks=3)
    expect(6, r"/q\[0, 0, 2, 1\].*is -?inf", spoilt("q", np.inf, (0, 0, 2, 1)))
    expect(6, r"/v\[0, 0, 0, 0\].*is inf", but(v=np.full(plain["v"].shape, 1e300)))
    expect(6, r"/d_out\[0, 11, 3, 7\].*is nan", spoilt("d_out", np.nan, (0, 11, 3, 7)))
    expect(6, r"expected scores of at most 1e\+08, found rows of q", but(q=1e6 * plain["q"], k=1e6 * plain["k"]), ranks=3)
    expect(6, r"expected finite outputs, found another at batch 0, time \d+, head \d", spoilt("v", 3.4e38, (0, slice(0, 9))),
           ranks=3)
    expect(3, r"no such file", None, path="absent.h5")
    write("bad_in.h5", plain)
    expect(3, r"cannot write into nowhere", None, out="nowhere/out.h5", ranks=3)
    expect(3, r"found a folder", None, out=".")
    expect(2, r"expected another file than IN.h5", None, out="bad_in.h5")
    expect(2, r"expected a partition .*found 'zagzig'", None, "--partition", "zagzig", ranks=3)
    expect(2, r"expected a mask", None, "--mask", "casual")
    expect(2, r"expected 3 weights", None, "--partition", "weighted", "--weights", "1,2", ranks=3)
    expect(2, r"expected --partition weighted beside it", None, "--weights", "1,2")
    expect(2, r"--window: expected a number of keys", None, "--window", "-1")
    expect(2, r"--threads: expected at least 1", None, "--threads", "0")
    expect(2, r"expected an attention backend", None, "--backend", "fast")
    code, output = run(0, "attend", "bad_in.h5")
    if code != 2 or "OUT.h5 is required" not in output:
        wrong(f"a missing OUT: exit code {code}: {output}")
    code, output = run(0, "attend", "--help")
    if code != 0 or "Example: mpirun" not in output:
        wrong(f"--help: {output}")


def kept():
    """An existing OUT survives every failure, and a disk that fills up is an error, not a crash."""
    write("in.h5", {name: values.astype(np.float32) for name, values in tensors(1, 64, 2, 2, 8, 7).items()})
    shutil.copy("in.h5", "keep.h5")
    before = open("keep.h5", "rb").read()
    large = np.zeros((1, 1 << 15, 4, 64), np.float32)  # /out: 33 MB
    write("large.h5", {"q": large, "k": large[:, :, :1], "v": large[:, :, :1]}, compression="gzip")
    limited = f"trap '' XFSZ; ulimit -f {1 << 14}; exec {gridring} attend large.h5 keep.h5 --window 1"
    done = subprocess.run(["bash", "-c", limited], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 3 or "File too large" not in done.stdout:
        wrong(f"a disk that fills up: exit code {done.returncode}: {done.stdout}")
    broken = tensors(1, 64, 2, 2, 8, 7)
    broken["k"][0, 40] = np.nan
    write("nan.h5", broken)
    for ranks in (1, 3):
        code, output = run(ranks, "attend", "nan.h5", "keep.h5")
        if code != 6:
            wrong(f"NaN: exit code {code}: {output}")
    if open("keep.h5", "rb").read() != before:
        wrong("an existing OUT changed by a failure")
    if [name for name in os.listdir(".") if name.endswith(".tmp")]:
        wrong(f"temporary files left: {os.listdir('.')}")


scratch = tempfile.mkdtemp(prefix="gridring-attend.")
os.chdir(scratch)
try:
    for part in (good, bad, kept):
        part()
finally:
    os.chdir("/")
    shutil.rmtree(scratch)
print(f"{len(failures)} expectations failed" if failures else "all expectations met")
sys.exit(bool(failures))
