# SPDX-License-Identifier: MIT
"""series.h5 and results.h5 open in xarray with no code of ours; checkpoint.h5 in h5py; and gridring
reads what xarray wrote. Usage: xarray_test.py STORE_SAMPLES"""
import subprocess
import sys
import tempfile
import warnings

import h5py
import numpy as np
import xarray as xr

warnings.simplefilter("error")
warnings.filterwarnings("ignore", "invalid value encountered in cast", RuntimeWarning)  # xarray 2023 turning NaN into NaT


def check_series(path):
    with xr.open_dataset(path, engine="h5netcdf") as series:
        assert dict(series.sizes) == {"region": 2, "time": 5}, series.sizes
        assert list(series.region.values) == ["PACW", "ERCO"]
        assert series.time.values[0] == np.datetime64("2024-03-10T08") and series.time.dtype.kind == "M"
        assert series.region_name.sel(region="ERCO").item() == "Électricité du Texas"
        assert "time_zone" in series.demand.coords
        assert series.demand.attrs["units"] == "MW" and series.demand.attrs["source_code"] == "D"
        assert series.demand.attrs["ancillary_variables"] == "demand_flag"
        assert np.isnan(series.demand.encoding["_FillValue"])
        assert series.demand.sel(region="PACW", time="2024-03-10T09").item() == 2400.5
        assert np.isnan(series.demand.sel(region="PACW", time="2024-03-10T10").item())
        assert list(series.demand_flag.values[0]) == [0, 0, 1, 0, 2] and series.demand_flag.dtype == np.uint16
        assert series.demand_flag.attrs["flag_masks"].dtype == np.uint16
        meanings = dict(zip(series.demand_flag.attrs["flag_meanings"].split(), series.demand_flag.attrs["flag_masks"]))
        assert (meanings["missing"], meanings["negative_or_zero"], meanings["local_demand_down"]) == (1, 2, 512), meanings
        assert series.demand_flag.values[1, 0] == 512
        assert series.demand_clean.attrs["cleaning_method"] == "drop"
        assert np.isnan(series.demand_clean.sel(region="PACW", time="2024-03-10T12").item())
        assert "hour ending" in series.time.attrs["comment"]
        for name in ("Conventions", "title", "history", "source", "source_url", "retrieved_at", "api_version"):
            assert series.attrs[name], name
        assert series.attrs["gridring_format"] == "series" and series.attrs["format_version"] == 2


def check_results(path):
    with xr.open_dataset(path, engine="h5netcdf") as results:
        assert results.forecast.dims == ("region", "origin", "lead", "quantile"), results.forecast.dims
        assert results.origin_time.sel(region="PACW").values[1] == np.datetime64("2024-01-03T08")
        assert np.isnat(results.origin_time.sel(region="ERCO").values[1])
        assert "origin_time" in results.forecast.coords
        assert results.forecast.sel(region="PACW", origin=1, lead=2, quantile=.5).item() == 110
        assert results.actual.sel(region="ERCO", origin=0, lead=1).item() == 105
        assert results.attrs["git_commit"] == "abc"


def check_contest(path):
    with xr.open_dataset(path, engine="h5netcdf") as contest:
        assert contest.forecast.dims == ("region", "origin", "lead", "quantile")
        assert contest.median_forecast.dims == ("name", "region", "origin", "lead"), contest.median_forecast.dims
        assert contest.median_forecast.sel(name="naive-24h", region="ERCO", origin=1, lead=2).item() == 215
        assert contest.median_forecast.attrs["units"] == "MW"
        assert contest.mape.sel(lead_range="1-2", region="ERCO", name="model").item() == 3
        assert np.isnan(contest.mape.values[0, 1, 1]) and contest.mape.attrs["units"] == "percent"
        assert contest.dm_p.sel(name="model", versus="naive-24h").item() == .25


def check_sweep(path):
    with xr.open_dataset(path, engine="h5netcdf") as sweep:
        assert sweep.mape.dims == ("context", "units") and sweep.mape.sel(context=672, units="ratio").item() == 3
        assert np.isnan(sweep.mape.sel(context=672, units="deviation").item())
        assert sweep.seconds.sel(context=168).item() == 60 and sweep.attrs["gridring_format"] == "sweep"


def check_checkpoint(path):
    with h5py.File(path) as checkpoint:
        weight = checkpoint["parameters/layers.1.weight"]
        assert weight.shape == (2, 3) and weight.dtype == np.float32 and weight[1, 2] == 6
        assert checkpoint.attrs["step"] == 42
        assert checkpoint["attributes"].attrs["config"].startswith('{"model"')


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], folder], check=True)
    check_series(f"{folder}/series.h5")
    check_results(f"{folder}/results.h5")
    check_contest(f"{folder}/contest.h5")
    check_sweep(f"{folder}/sweep.h5")
    check_checkpoint(f"{folder}/checkpoint.h5")
    with xr.open_dataset(f"{folder}/series.h5", engine="h5netcdf") as series:
        series.to_netcdf(f"{folder}/rewritten.h5", engine="h5netcdf")
    subprocess.run([sys.argv[1], folder, f"{folder}/rewritten.h5"], check=True)
