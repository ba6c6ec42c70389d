"""After this the rows of a query have been written to a file, in the same order and bytes for the same rows."""

import re
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flows.contracts.model import Contract
from flows.errors import Finding, Place, QdeepError
from flows.pull.naming import Period, due, file_name, today
from flows.pull.patience import patience_of, persist
from flows.pull.received import Received
from flows.pull.remote import run_apart
from flows.pull.secret import secret
from flows.pull.spool import Part, Spool
from flows.pull.trouble import PassingError, absent, cut, denied, no_library, place, silent, why
from flows.settings import Settings

if TYPE_CHECKING:
    from datetime import date

    from asyncpg import Connection, PostgresError

PORT = 5432
BEFORE = "select * from ("
BLOCK_BYTES = 64 << 20  # a row, with a document in it, has to fit into one
BOUND = re.compile(r"(?<!:):(start|end)\b")
# What decides how values are written: fixed, so that neither server nor user settings change the bytes.
WRITING = {
    "client_encoding": "UTF8",
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "default_transaction_read_only": "on",
    "application_name": "qdeep",
}


def receive(contract: Contract, settings: Settings) -> Iterator[Received | Finding]:
    """Yield one file with all rows of `pull.query`, or one per period between its `:start` and `:end`."""
    spool, day = Spool(contract, settings), today()
    database = Database(contract)
    for period in due(spool, day):
        key = period.name or "query"
        part = spool.part(key, name=file_name(contract, period, day))
        try:
            rows = persist(lambda part=part, period=period: database.attempt(part, period), database.patience)
            is_closed = day >= period.end
            if rows or period.is_whole or spool.has_had(key):
                yield spool.keep(_as_declared(part, contract), file_name(contract, period, day), is_closed=is_closed)
            else:
                part.restart()
                spool.note_empty(key, is_closed=is_closed)
        finally:
            part.close()


class Database:
    """The database of one source; every try is a connection of its own that may only read."""

    def __init__(self, contract: Contract) -> None:
        """Look up the password before anything is asked."""
        self.contract = contract
        self.patience = patience_of(contract)
        self.password = secret(contract, "password_secret")
        self.sender = f"{contract.pull['host']}:{contract.pull.get('port', PORT)}"

    def attempt(self, part: Part, period: Period) -> int:
        """Write the rows of a period as CSV and return how many there are.

        Raises:
            PassingError, QdeepError: E-121 to E-125, E-127.
        """
        try:
            import asyncpg
        except ImportError:
            raise no_library("asyncpg", place(self.contract)) from None
        part.restart()
        try:
            return run_apart(self._copy(part, period))
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InsufficientPrivilegeError) as error:
            is_log_in = isinstance(error, asyncpg.InvalidAuthorizationSpecificationError)
            what = "user or password refused" if is_log_in else "no right to the database, schema or table"
            raise denied(self.sender, part.where, f"{what}: {_code(error)}") from None
        except (asyncpg.InvalidCatalogNameError, asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
            raise absent(self.sender, f"such database, schema or table ({_code(error)})", part.where) from None
        except (asyncpg.TooManyConnectionsError, asyncpg.CannotConnectNowError) as error:
            raise PassingError(silent(self.sender, _code(error), part.where)) from None
        except asyncpg.QueryCanceledError:
            what = "the query takes longer than `query_timeout_s`, or the server stopped it"
            raise silent(self.sender, what, part.where) from None
        except (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError):
            raise PassingError(cut(self.sender, part.where)) from None
        except ssl.SSLCertVerificationError:
            raise denied(self.sender, part.where, "its certificate is not trusted") from None
        except (OSError, TimeoutError) as error:
            has_none = "SSL" in str(error) and isinstance(error, ConnectionError)
            what = "it offers no encryption; `ssl: disable` does without" if has_none else why(error)
            raise PassingError(silent(self.sender, what, part.where)) from None
        except asyncpg.PostgresError as error:
            raise self._failing(error, part.where) from None

    def _failing(self, error: "PostgresError", where: Place) -> QdeepError:
        """Return E-125 with the place in the query; the server's own words may hold a value."""
        sign = int(error.as_dict().get("position") or 0) - len(BEFORE)
        at = f" at its sign {sign}" if sign > 0 and "window" not in self.contract.pull else ""
        text = f"The server {self.sender} cannot work the query{at} ({_code(error)})."
        return QdeepError("E-125", text, where, "a `pull.query` that its user can run there")

    async def _copy(self, part: Part, period: Period) -> int:
        connection = await self._connect()
        try:
            query = _bounded(self.contract, period)
            ordered = await _ordered(connection, query)
            style = self.contract.file
            text = {"delimiter": style.delimiter, "quote": style.quote or '"', "encoding": _encoding(self.contract)}
            status = await connection.copy_from_query(
                ordered, output=_Sink(part), format="csv", header=True, timeout=_longest(self.contract), **text
            )
            return int(status.rpartition(" ")[2])
        finally:
            connection.terminate()

    async def _connect(self) -> "Connection":
        import asyncpg

        pull, seconds = self.contract.pull, self.patience.timeout_s
        milliseconds = str(int(_longest(self.contract) * 1000))
        return await asyncpg.connect(  # its time-outs bound what is asked before the query, and log-in
            host=pull["host"],
            port=pull.get("port", PORT),
            user=pull["user"],
            password=self.password or None,
            passfile=None,
            database=pull["database"],
            ssl=_ssl(self.contract),
            timeout=seconds,
            command_timeout=seconds,
            server_settings={
                **WRITING,
                "timezone": self.contract.file.timezone,
                "statement_timeout": milliseconds,
            },
        )


class _Sink:
    """Takes the bytes of a copy as they come."""

    def __init__(self, part: Part) -> None:
        self.part = part

    async def __call__(self, chunk: bytes) -> None:
        self.part.write(chunk)


async def _ordered(connection: "Connection", query: str) -> str:
    """Return the query with its rows in an order that depends on them alone: by the text of all columns."""
    described = await connection.prepare(f"{BEFORE}{query}\n) as asked")
    columns = [_quoted(attribute.name) for attribute in described.get_attributes()]
    order = ", ".join(f'asked.{name}::text collate "C" nulls first' for name in columns)
    return f"{BEFORE}{query}\n) as asked order by {order}"


def _bounded(contract: Contract, period: Period) -> str:
    """Return the query with the bounds of the period for `:start` and `:end`; they are days of our own making."""
    query = contract.pull["query"].strip().rstrip(";")
    if period.is_whole:
        return query
    days: dict[str, date] = {"start": period.start, "end": period.end}
    return BOUND.sub(lambda match: f"timestamp '{days[match[1]].isoformat()}'", query)


def _as_declared(part: Part, contract: Contract) -> Part:
    """Return the rows in the format of the contract: the CSV as it is, or parquet with all columns as text."""
    if contract.file.format != "parquet":
        return part
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    blocks = pc.ReadOptions(block_size=BLOCK_BYTES)
    with part.path.open("rb") as stream:
        header = pc.open_csv(stream, read_options=blocks).schema.names
    convert = pc.ConvertOptions(
        column_types={name: pa.string() for name in header},
        strings_can_be_null=True,
        null_values=[""],
        quoted_strings_can_be_null=False,
    )
    parse = pc.ParseOptions(newlines_in_values=True)
    table = pc.read_csv(part.path, read_options=blocks, convert_options=convert, parse_options=parse)
    part.restart()
    pq.write_table(table, part.file, compression="zstd")
    part.file.seek(0, 2)
    return part


def _encoding(contract: Contract) -> str:
    """Return PostgreSQL's name of the encoding that the contract declares."""
    names = {"utf-8": "UTF8", "utf-8-sig": "UTF8", "cp1251": "WIN1251", "cp1252": "WIN1252", "koi8-r": "KOI8R"}
    return names.get(contract.file.encoding.lower(), "UTF8") if contract.file.format == "csv" else "UTF8"


def _ssl(contract: Contract) -> Any:
    """Return how to encrypt: `verify-full` unless the contract says otherwise, as on the loopback."""
    mode = contract.pull.get("ssl", "verify-full")
    if mode == "disable":
        return False
    context = ssl.create_default_context()
    authority = contract.pull.get("ca_file")
    if authority:
        try:
            context.load_verify_locations(contract.path.parent / authority)
        except (OSError, ssl.SSLError):
            expected = "a file of certificates in PEM, named from the folder of the contract"
            where = place(contract, contract.path.name)
            raise QdeepError("E-409", "`pull.ca_file` cannot be read.", where, expected) from None
    return context


def _longest(contract: Contract) -> float:
    return float(contract.pull.get("query_timeout_s", 1800))


def _code(error: Any) -> str:
    """Return the name of a server's error; its text may hold a value."""
    return f"{type(error).__name__}, SQLSTATE {error.sqlstate}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
