"""Store memories: exact repeats answer with the grain that is there, near repeats are memories of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from uuid import UUID

from django.db import IntegrityError, connection

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import Invalid, Unauthenticated
from accounts.models import Namespace
from accounts.services.quotas import quota_spend
from grains import limits
from grains.drafts import Draft, checked
from grains.growth import grown
from grains.identity import content_mac, session_key
from grains.models import Grain, Status, Version, Vitals
from grains.reading import Previous, Reading, Text, counted, read
from grains.room import room_check
from grains.rows import Written, text_rows_insert
from text.normal import first_word

TRIES = 3  # a store that collides with a concurrent one is done again
NUMBERS_SQL = "SELECT nextval('grains_number') FROM generate_series(1, %s)"


@dataclass(frozen=True, slots=True)
class Stored:
    """The answer for one memory: its grain, and whether that was there before."""

    id: UUID
    version: int
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class _Identity:
    """What makes two active memories the same one."""

    agent: str
    user: str
    author: str
    mac: bytes

    @classmethod
    def of(cls, namespace_id: int, draft: Draft) -> "_Identity":
        # Ciphertext is never the same twice, and whether it is tells of the plain text: no two are one memory.
        mac = token_bytes(32) if draft.zero_knowledge else content_mac(namespace_id, draft.content)
        return cls(draft.agent, draft.user, draft.author, mac)


@dataclass(frozen=True, slots=True)
class _New:
    """A draft on its way to become a grain."""

    identity: _Identity
    draft: Draft
    number: int
    turn: int
    text: Text


@dataclass(frozen=True, slots=True)
class Prepared:
    """Memories that have been read, embedded and counted against the quota, and only need to be written."""

    identities: Sequence[_Identity]
    known: dict[_Identity, Stored]
    news: list[_New]
    readings: list[Reading]
    moment: datetime


def grain_store(*, caller: Caller, draft: Draft, now: datetime | None = None) -> Stored:
    """Remember one thing; durable when this returns. Raises Invalid or OverQuota."""
    return grain_store_batch(caller=caller, drafts=[draft], now=now)[0]


def grain_store_batch(*, caller: Caller, drafts: Sequence[Draft], now: datetime | None = None) -> list[Stored]:
    """Remember up to limits.BATCH things, all or none; answers are in the order of `drafts`.

    Raises Invalid, with the place of the bad one in its field, OverQuota, or Unauthenticated when the namespace
    has been deleted since the key was checked.
    """
    if not 1 <= len(drafts) <= limits.BATCH:
        raise Invalid(f"A batch has 1 to {limits.BATCH} memories.", field="memories")
    clean = [_checked_at(n, draft, len(drafts)) for n, draft in enumerate(drafts)]
    for left in reversed(range(TRIES)):
        try:
            return grain_write(caller=caller, prepared=grain_prepare(caller=caller, clean=clean, now=now))
        except IntegrityError as error:  # the turn before was forgotten, or lost to a twin, while this was embedded
            if not Namespace.objects.filter(pk=caller.namespace_id).exists():
                raise Unauthenticated("The namespace of this key has been deleted.") from error
            if not left:
                raise
    raise AssertionError("unreachable")


def grain_prepare(*, caller: Caller, clean: Sequence[Draft], now: datetime | None = None) -> Prepared:
    """Do all of storing that is slow, outside any transaction. `clean` has been through `drafts.checked`.

    Raises OverQuota, NamespaceFull.
    """
    identities = [_Identity.of(caller.namespace_id, draft) for draft in clean]
    wanted = dict(zip(identities, clean, strict=True))  # a repeat within the batch is one memory
    with tenant(caller, durable=False):
        known = _known(caller.namespace_id, wanted)
        fresh = {identity: draft for identity, draft in wanted.items() if identity not in known}
        news = list(_placed(caller.namespace_id, fresh))
    room_check(caller=caller, grains=len(news), size=sum(len(new.draft.content.encode()) for new in news))
    quota_spend(caller=caller, grains=len(news))
    readings = read([new.text for new in news], scope=str(caller.namespace_id))
    return Prepared(identities, known, news, readings, now or clock.now())


def grain_write(*, caller: Caller, prepared: Prepared) -> list[Stored]:
    """Write what was prepared, in a transaction of its own or in the open one; answers are in the drafts' order.

    Raises IntegrityError when what it leans on has gone meanwhile: then prepare anew.
    """
    made = _write(caller, prepared.news, prepared.readings, prepared.moment)
    return list(_answers(prepared.identities, prepared.known, made))


def _checked_at(n: int, draft: Draft, size: int) -> Draft:
    try:
        return checked(draft)
    except Invalid as error:
        if size == 1:
            raise
        raise type(error)(f"memories.{n}: {error.message}", field=f"memories.{n}.{error.field}") from error


def _known(namespace_id: int, wanted: dict[_Identity, Draft]) -> dict[_Identity, Stored]:
    """The active grains that say the same already."""
    rows = Grain.objects.filter(
        namespace_id=namespace_id, status=Status.ACTIVE, content_mac__in={identity.mac for identity in wanted}
    ).values_list("agent", "user", "author", "content_mac", "id", "version")
    return {
        _Identity(agent, user, author, bytes(mac)): Stored(id_, version, duplicate=True)
        for agent, user, author, mac, id_, version in rows
    }


def _placed(namespace_id: int, fresh: dict[_Identity, Draft]) -> Iterator[_New]:
    """Give each new memory its number, and its place behind the last turn of its session."""
    sizes = counted([draft.content for draft in fresh.values()])
    last: dict[int, tuple[int, Previous | None]] = {}
    for (identity, draft), number, pieces in zip(fresh.items(), _numbers(len(fresh)), sizes, strict=True):
        key = session_key(namespace_id, draft.session)
        turn, previous = 0, None
        if key:
            if key not in last and (found := _last_turn(namespace_id, key)):
                last[key] = found
            if key in last:
                turn, previous = last[key][0] + 1, last[key][1]
            last[key] = (turn, None if draft.zero_knowledge else Previous(number, draft.content, pieces))
        own = draft.embedding if draft.zero_knowledge else None
        yield _New(identity, draft, number, turn, Text(draft.content, draft.author, previous, own, draft.parts))


def _numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS_SQL, [count])
        return [number for (number,) in cursor.fetchall()]


def _last_turn(namespace_id: int, key: int) -> tuple[int, Previous | None] | None:
    grain = Grain.objects.filter(namespace_id=namespace_id, session_key=key).order_by("-turn").first()
    if grain is None:
        return None
    if grain.zero_knowledge:  # ciphertext is no context
        return grain.turn, None
    version = Version.objects.get(namespace_id=namespace_id, grain_id=grain.id, ended_at=None)
    return grain.turn, Previous(grain.number, version.content, grain.pieces)


def _write(caller: Caller, news: list[_New], readings: list[Reading], moment: datetime) -> dict[_Identity, Stored]:
    """One transaction: grains, versions, vitals, passages, postings, deed. A racing twin keeps the first one's id."""
    grains = [_grain(caller.namespace_id, new, reading, moment) for new, reading in zip(news, readings, strict=True)]
    with tenant(caller):
        Grain.objects.bulk_create(grains, ignore_conflicts=True)
        stored = _known(caller.namespace_id, {new.identity: new.draft for new in news})
        ours = [
            (grain, reading)
            for new, grain, reading in zip(news, grains, readings, strict=True)
            if stored[new.identity].id == grain.id
        ]
        if ours:
            _write_texts(caller, ours, moment)
            deed_append(caller=caller, verb="store", subjects=[grain.id for grain, _ in ours])
    grown(caller.namespace_id, len(ours))
    mine = {grain.id for grain, _ in ours}
    return {i: Stored(s.id, s.version, duplicate=s.id not in mine) for i, s in stored.items()}


def _write_texts(caller: Caller, ours: list[tuple[Grain, Reading]], moment: datetime) -> None:
    namespace_id = caller.namespace_id
    Version.objects.bulk_create(
        Version(
            namespace_id=namespace_id,
            grain_id=grain.id,
            n=1,
            content=reading.content,
            created_at=moment,
        )
        for grain, reading in ours
    )
    Vitals.objects.bulk_create(Vitals(namespace_id=namespace_id, grain_number=grain.number) for grain, _ in ours)
    text_rows_insert(namespace_id, [Written(grain.number, 1, reading) for grain, reading in ours])


def _grain(namespace_id: int, new: _New, reading: Reading, moment: datetime) -> Grain:
    draft = new.draft
    return Grain(
        id=clock.new_id(moment),
        namespace_id=namespace_id,
        number=new.number,
        agent=draft.agent,
        user=draft.user,
        author=draft.author,
        author_first=first_word(draft.author),
        session=draft.session,
        session_key=session_key(namespace_id, draft.session),
        turn=new.turn,
        tags=list(draft.tags),
        memory_type=draft.memory_type,
        importance=draft.importance,
        provenance=draft.provenance,
        confidence=draft.confidence,
        metadata=dict(draft.metadata),
        occurred_at=draft.occurred_at,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        review_by=draft.review_by,
        content_mac=new.identity.mac,
        zero_knowledge=draft.zero_knowledge,
        pieces=reading.pieces,
        words=reading.words,
        flags=reading.flags,
        created_at=moment,
        updated_at=moment,
    )


def _answers(
    identities: Sequence[_Identity], known: dict[_Identity, Stored], made: dict[_Identity, Stored]
) -> Iterator[Stored]:
    """One answer an item; a later repeat within the batch is a duplicate of the first."""
    told: set[_Identity] = set()
    for identity in identities:
        answer = known.get(identity) or made[identity]
        yield Stored(answer.id, answer.version, duplicate=answer.duplicate or identity in told)
        told.add(identity)
