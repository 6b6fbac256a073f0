"""One customer's story: the choices that the rows of every table about them share."""

from dataclasses import dataclass, field

from backend.crm.seeding.dice import Dice
from backend.crm.seeding.moments import DAY, YEARS
from backend.crm.seeding.names import PLACES, Place, company, person
from backend.crm.seeding.people import Colleague, Organisation

# Out of a hundred customers, how many wait in the pool.
_POOL_SHARE = 8
# One company in this many may be the parent of later ones.
_GROUP_EVERY = 40
_CHILD_CHANCE = 0.06


@dataclass(frozen=True, slots=True)
class Story:
    """Who a customer is, whose they are, and when things happened to them (moments in milliseconds)."""

    number: int
    key: str
    created: int
    until: int
    place: Place
    name: str
    short: str
    industry: str
    domain: str
    is_company: bool
    owner: Colleague | None
    parent: str | None
    followed: tuple[int, int]


@dataclass(slots=True)
class Storyteller:
    """Makes stories in the order of their creation, so keys and times grow together as they do in life."""

    dice: Dice
    organisation: Organisation
    total: int
    until: int
    _groups: list[str] = field(default_factory=list)
    _deck: tuple[Colleague | None, ...] = ()

    def __post_init__(self) -> None:
        owners = self.organisation.owners
        dealt = tuple(owner for owner in owners for _ in range(owner.share))
        self._deck = (*dealt, *(None for _ in range(_POOL_SHARE)))

    def tell(self, number: int) -> Story:
        """Return the story of customer `number` (from 0)."""
        dice = self.dice
        start = self.until - YEARS * 365 * DAY
        created = start + int((number + dice.between(0, 999) / 1000) * (self.until - start) / self.total)
        place = dice.pick(PLACES)
        name, short, industry, domain = company(dice, place)
        is_company = not dice.chance(0.05)
        if not is_company:
            name, short = person(dice)[0], "个人"
        key = dice.key(created)
        parent = self._parent(key) if is_company else None
        followed = tuple(sorted((dice.between(created, self.until), dice.between(created, self.until))))
        return Story(
            number=number,
            key=key,
            created=created,
            until=self.until,
            place=place,
            name=name,
            short=short,
            industry=industry,
            domain=domain,
            is_company=is_company,
            owner=self._owner(number),
            parent=parent,
            followed=(followed[0], followed[1]),
        )

    def _owner(self, number: int) -> Colleague | None:
        """Return who owns customer `number`, None for the pool. The first are dealt in turn, so nobody goes without."""
        owners: tuple[Colleague | None, ...] = (*self.organisation.owners, None)
        return owners[number] if number < len(owners) else self.dice.pick(self._deck)

    def _parent(self, key: str) -> str | None:
        if self._groups and self.dice.chance(_CHILD_CHANCE):
            return self.dice.pick(self._groups)
        if self.dice.chance(1 / _GROUP_EVERY):
            self._groups.append(key)
        return None
