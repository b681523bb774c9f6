"""The random layout of a scene: its camera, its street and the pose of every object."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from affinity_models.data.street import furniture, people, vehicles
from affinity_models.data.street.camera import HEIGHT, Camera, Pose
from affinity_models.data.street.parts import Part
from affinity_models.data.street.scenery import Street

AWAY, TOWARDS = 0.0, np.pi
LANES = ((0.0, AWAY), (-3.3, TOWARDS))  # x (metres) and heading of the own and of the oncoming lane
REACH = {"car": 2.4, "truck": 7.0, "bus": 6.0, "train": 11.5, "motorcycle": 1.0, "bicycle": 1.0}  # half lengths, metres
APART = 130.0  # metres; parked cars farther away are annotated as a group
FARTHEST = 160.0  # metres; nothing is parked farther away
LARGE: dict[str, Callable[[np.random.Generator], list[list[Part]]]] = {
    "truck": vehicles.truck,
    "bus": vehicles.bus,
    "train": vehicles.tram,
}


@dataclass(frozen=True)
class Item:
    """An object: Cityscapes label, pose and sections of parts; one with `group` joins the group region of its class."""

    label: str
    pose: Pose
    sections: list[list[Part]]
    group: bool = False


@dataclass
class Scene:
    """A camera, a street and the objects on it."""

    camera: Camera
    street: Street
    items: list[Item] = field(default_factory=list)

    def add(self, label: str, pose: Pose, *sections: list[Part], group: bool = False) -> None:
        """Place an object."""
        self.items.append(Item(label, pose, list(sections), group))

    def is_free(self, pose: Pose, width: float, reach: float) -> bool:
        """Tell whether every vehicle is `width` away across the street or leaves `reach` free along it, metres."""
        return not any(
            abs(item.pose.x - pose.x) < width and abs(item.pose.z - pose.z) < reach + REACH[item.label]
            for item in self.items
            if item.label in REACH
        )


def lay_out(rng: np.random.Generator) -> Scene:
    """Return a random scene."""
    scene = Scene(Camera(rng.uniform(1.25, 1.65), rng.uniform(0.40, 0.46) * HEIGHT, rng.normal(0, 0.06)), _street(rng))
    for side in (-1, 1):
        for add_to_side in (_parked_cars, _furniture, _bicycle_rack, _pedestrians, _rails):
            add_to_side(scene, side, rng)
    for add in (_large_vehicles, _traffic, _riders, _crossing_people, _far_groups):
        add(scene, rng)
    return scene


def _street(rng: np.random.Generator) -> Street:
    left, right = -rng.uniform(6.4, 9.5), rng.uniform(3.6, 6.5)
    walls = (left - rng.uniform(2.5, 6), right + rng.uniform(2.5, 6))
    return Street((left, right), walls, np.array([-1.65]), rng.uniform(9, 45), rng.uniform(90, 220))


def _jitter(rng: np.random.Generator, heading: float, spread: float) -> float:
    return heading + rng.normal(0, spread)


def _depth(rng: np.random.Generator, near: float, far: float) -> float:
    """Return a depth drawn evenly on a log scale, metres."""
    return float(np.exp(rng.uniform(np.log(near), np.log(far))))


def _parked_cars(scene: Scene, side: int, rng: np.random.Generator) -> None:
    """Add a row of cars parked along the kerb or at an angle to it, with gaps."""
    if rng.random() < 0.1:
        return
    angled = rng.random() < 0.25
    heading = side * rng.uniform(0.9, 1.5) if angled else rng.choice([AWAY, TOWARDS])
    step = 2.9 if angled else 5.4
    z = _depth(rng, 12, 105)
    x = scene.street.kerb(side) - side * (1.2 if angled else 1.1)
    while z < FARTHEST:
        pose = Pose(x + rng.normal(0, 0.15), z, _jitter(rng, heading, 0.04))
        scene.add("car", pose, vehicles.car(rng), group=z > APART)
        z += step * rng.uniform(0.95, 1.3)
        if rng.random() < 0.48:
            z += rng.uniform(5, 40)


def _furniture(scene: Scene, side: int, rng: np.random.Generator) -> None:
    """Add poles, signs, traffic lights, trees, bushes and litter bins along the kerb."""
    z = rng.uniform(7, 14)
    while z < 110:
        pose = Pose(scene.street.kerb(side) + side * rng.uniform(0.25, 0.7), z, rng.uniform(-0.4, 0.4))
        kind = rng.choice(["pole", "sign", "light", "tree", "bush", "litter"], p=[0.27, 0.15, 0.1, 0.36, 0.04, 0.08])
        if kind == "pole":
            scene.add("pole", pose, furniture.pole(rng))
        elif kind == "tree":
            scene.add("vegetation", pose, furniture.tree(rng))
        elif kind == "bush":
            scene.add("vegetation", pose, furniture.bush(rng))
        elif kind == "litter":
            scene.add(str(rng.choice(["static", "dynamic"])), pose, furniture.bin_or_box(rng))
        else:
            make = furniture.sign if kind == "sign" else furniture.traffic_light
            post, plates = make(rng)
            scene.add("pole", pose, post)
            in_front = Pose(pose.x, pose.z - 0.02, pose.heading)
            scene.add("traffic sign" if kind == "sign" else "traffic light", in_front, plates)
        z += rng.uniform(9, 25)


def _bicycle_rack(scene: Scene, side: int, rng: np.random.Generator) -> None:
    """Add a row of bicycles, now and then motorcycles, parked across the sidewalk."""
    if rng.random() < 0.5:
        return
    make: Callable[[np.random.Generator], list[Part]]
    label, make = ("motorcycle", people.motorcycle) if rng.random() < 0.2 else ("bicycle", people.bicycle)
    z = _depth(rng, 12, 80)
    x = scene.street.kerb(side) + side * rng.uniform(0.8, 1.6)
    heading = side * rng.uniform(0.7, 1.9)
    for _ in range(rng.integers(2, 7)):
        scene.add(label, Pose(x + rng.normal(0, 0.1), z, _jitter(rng, heading, 0.08)), make(rng))
        z += rng.uniform(0.6, 1.3) * (1.5 if label == "motorcycle" else 1)


def _pedestrians(scene: Scene, side: int, rng: np.random.Generator) -> None:
    """Add people on the sidewalk, alone or in groups."""
    left, right = sorted((scene.street.kerb(side), scene.street.wall(side)))
    for _ in range(rng.poisson(3.5)):
        x, z = rng.uniform(left + 0.5, right - 0.5), _depth(rng, 22, 135)
        heading = rng.choice([AWAY, TOWARDS, np.pi / 2])
        for _ in range(rng.geometric(0.41)):
            offset = rng.normal(0, (0.7, 1.0))
            pose = Pose(float(np.clip(x + offset[0], left, right)), z + offset[1], _jitter(rng, heading, 0.5))
            scene.add("person", pose, people.pedestrian(rng))


def _rails(scene: Scene, side: int, rng: np.random.Generator) -> None:
    """Add a guard rail between the road and the sidewalk."""
    if rng.random() < 0.87:
        return
    x, z = scene.street.kerb(side) + side * 0.2, rng.uniform(8, 30)
    colour = furniture.STEEL * rng.uniform(0.4, 1.4)
    spacing = rng.choice([0.2, 1.8])
    for _ in range(rng.integers(2, 6)):
        scene.add("fence", Pose(x, z), furniture.rail(2.0, rng.uniform(0.9, 1.1), spacing, colour))
        z += 2.0


def _traffic(scene: Scene, rng: np.random.Generator) -> None:
    """Add cars in both lanes, sometimes queueing, and now and then one across the road."""
    for lane, heading in LANES:
        z = _depth(rng, 8.5, 100)
        spacing = rng.choice([8.0, 25.0])
        for _ in range(rng.poisson(2.3)):
            pose = Pose(lane + rng.normal(0, 0.25), z, _jitter(rng, heading, 0.05))
            if scene.is_free(pose, 1.9, 2.6):
                scene.add("car", pose, vehicles.car(rng))
            z += spacing * rng.uniform(0.8, 1.6)
    if rng.random() < 0.3:
        z = _depth(rng, 15, 60)
        pose = Pose(rng.uniform(*scene.street.kerbs), z, rng.choice([-1, 1]) * np.pi / 2)
        if scene.is_free(pose, 3.3, 1.0):
            scene.add("car", pose, vehicles.car(rng))


def _riders(scene: Scene, rng: np.random.Generator) -> None:
    """Add people on bicycles and motorcycles, alone or in small groups, where the road is free."""
    for _ in range(rng.poisson(1.6)):
        motor = rng.random() < 0.35
        label, make = ("motorcycle", people.motorcycle) if motor else ("bicycle", people.bicycle)
        x, z = rng.uniform(scene.street.kerbs[0] + 2, scene.street.kerbs[1] - 2), _depth(rng, 9, 90)
        heading = rng.choice([AWAY, TOWARDS, np.pi / 2, -np.pi / 2], p=[0.35, 0.35, 0.15, 0.15])
        if not scene.is_free(Pose(x, z), 1.2, 0.9):
            continue
        for _ in range(rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2])):
            pose = Pose(x, z, _jitter(rng, heading, 0.25))
            scene.add(label, pose, make(rng))
            scene.add("rider", Pose(x, z - 0.01, pose.heading), people.rider(rng, motor))
            x, z = x + rng.uniform(-0.8, 0.8), z + rng.uniform(0.5, 2)


def _large_vehicles(scene: Scene, rng: np.random.Generator) -> None:
    """Add trucks, buses and trams, often two in a row."""
    for label, share in (("truck", 0.4), ("bus", 0.35), ("train", 0.3)):
        if rng.random() > share:
            continue
        lane, heading = LANES[rng.integers(2)]
        z = _depth(rng, 22, 120)
        for _ in range(rng.choice([1, 2], p=[0.4, 0.6])):
            pose = Pose(lane + rng.normal(0, 0.2), z, _jitter(rng, heading, 0.06))
            if scene.is_free(pose, 1.9, REACH[label] + 0.5):
                scene.add(label, pose, *LARGE[label](rng))
            z += 2 * REACH[label] + rng.uniform(1, 4)


def _crossing_people(scene: Scene, rng: np.random.Generator) -> None:
    """Add people on the pedestrian crossing."""
    left, right = scene.street.kerbs
    for _ in range(rng.poisson(1.5)):
        pose = Pose(
            rng.uniform(left, right), scene.street.crossing + rng.uniform(0.2, 2.8), rng.choice([-1, 1]) * np.pi / 2
        )
        scene.add("person", pose, people.pedestrian(rng))


def _far_groups(scene: Scene, rng: np.random.Generator) -> None:
    """Add crowds of cars, people and bicycles too far away to tell apart, annotated as group regions."""
    for label, make in (("car", vehicles.car), ("person", people.pedestrian), ("bicycle", people.bicycle)):
        if rng.random() < 0.35:
            x, z = rng.uniform(*scene.street.walls), rng.uniform(60, 90)
            for _ in range(rng.integers(3, 8)):
                pose = Pose(x + rng.normal(0, 1.5), z + rng.uniform(0, 12), rng.uniform(0, 2 * np.pi))
                scene.add(label, pose, make(rng), group=True)
