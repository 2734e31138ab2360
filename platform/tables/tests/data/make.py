"""Makes the Parquet files of this folder with pyarrow 26, the outside judge of what they hold."""
import datetime as dt
import decimal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

options = pyarrow.csv.ConvertOptions(strings_can_be_null=True, null_values=[""])
penguins = pyarrow.csv.read_csv("../../../../datasets/penguins.csv", convert_options=options)
pq.write_table(penguins, "penguins.parquet", row_group_size=100, compression="snappy")

utc = dt.timezone.utc
types = pa.table({
    "tiny": pa.array([1, None, -3], pa.int8()),
    "flag": pa.array([True, False, None]),
    "half": pa.array([0.1, None, float("nan")], pa.float32()),
    "day": pa.array([dt.date(2024, 3, 5), None, dt.date(1969, 12, 31)]),
    "moment": pa.array([dt.datetime(2024, 3, 5, 10, 11, 12, 250000), None, dt.datetime(2024, 3, 5)], pa.timestamp("us")),
    "zoned": pa.array([dt.datetime(2024, 3, 5, 9, tzinfo=utc), None, dt.datetime(1970, 1, 1, tzinfo=utc)], pa.timestamp("ms", tz="Africa/Casablanca")),
    "clock": pa.array([dt.time(10, 11, 12), None, dt.time(0, 0, 1, 500000)], pa.time64("us")),
    "money": pa.array([decimal.Decimal("12.50"), None, decimal.Decimal("-0.05")], pa.decimal128(10, 2)),
    "level": pa.array(["a", "b", "a"]).dictionary_encode(),
    "person": pa.array([{"name": "Zoé", "born": {"year": 2001}}, None, {"name": None, "born": {"year": 1999}}]),
    "list": pa.array([[1, 2], None, []], pa.list_(pa.int64())),
    "bytes": pa.array([b"xyz", None, b"\xff"], pa.binary()),
})
pq.write_table(types, "types.parquet", compression="zstd")
