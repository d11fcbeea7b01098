"""The rooms, by the keys of the members that they show; a member without a room of its own gets the common one."""

from typing import TYPE_CHECKING, Any

from neuralzoo import zoo
from neuralzoo.play.room import Room, rooms
from neuralzoo.play.rooms.boltzmann import BoltzmannRoom
from neuralzoo.play.rooms.chain import ChainRoom
from neuralzoo.play.rooms.club import AttentionClub, ConvolutionClub
from neuralzoo.play.rooms.common import common_room
from neuralzoo.play.rooms.file import FileRoom
from neuralzoo.play.rooms.heads import HeadsRoom
from neuralzoo.play.rooms.hopfield import HopfieldRoom
from neuralzoo.play.rooms.kohonen import KohonenRoom
from neuralzoo.play.rooms.latent import LatentRoom
from neuralzoo.play.rooms.letters import LettersRoom
from neuralzoo.play.rooms.margin import MarginRoom
from neuralzoo.play.rooms.network import NetworkRoom
from neuralzoo.play.rooms.pictures import PicturesRoom
from neuralzoo.play.rooms.reservoir import ReservoirRoom
from neuralzoo.play.rooms.ring import RingRoom
from neuralzoo.play.rooms.spikes import SpikesRoom

if TYPE_CHECKING:
    from neuralzoo.data.dataset import Dataset

OWN = (
    NetworkRoom, PicturesRoom, HopfieldRoom, KohonenRoom, MarginRoom, BoltzmannRoom, ChainRoom, ReservoirRoom, SpikesRoom, LatentRoom,
    LettersRoom, HeadsRoom, RingRoom, ConvolutionClub, AttentionClub,
)  # fmt: skip

for _key, _kind in zoo.members.items():
    if _key not in rooms:
        common_room(_kind)  # it files itself


def room(key: str) -> type[Room]:
    """The room with a key."""
    return rooms[key]


def chart(data: "Dataset | None" = None) -> dict[str, Any]:
    """What the page lists: rooms that belong to no member first, then those of the zoo by year."""
    free = [kind.about() for kind in OWN if kind.key not in zoo.members]
    cards = sorted((kind.card for kind in zoo.members.values()), key=lambda card: (card.year, card.name))
    held = [{**rooms[card.key].about(), "year": card.year, "short": card.short} for card in cards]
    return {"rooms": [*free, *held], "data": None if data is None else {"name": data.name, "kind": data.kind}}


__all__ = ["OWN", "FileRoom", "chart", "room"]
