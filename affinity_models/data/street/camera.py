"""The pinhole camera of a scene and the pose of an object on the ground.

World axes: x to the right, y up, z along the street; metres; the ground is y = 0, the camera at (0, height, 0).
"""

from dataclasses import dataclass

import numpy as np

from partitioners.arrays import FloatArray

HEIGHT, WIDTH = 512, 1024
BASELINE = 0.209313  # metres, of the Cityscapes stereo rig
FOCAL_LENGTH = 2262.52 / 2  # pixels; half that of Cityscapes, whose images are twice as wide
NEAREST = 0.7  # metres; nearer points are projected as if at this depth


@dataclass(frozen=True)
class Camera:
    """A level camera above the origin, looking along z apart from a small turn.

    height: height above the ground, metres; horizon: image row of the horizon, pixels; yaw: turn to the right, radians;
    centre: image column of the optical axis, pixels.
    """

    height: float
    horizon: float
    yaw: float = 0.0
    centre: float = WIDTH / 2

    def project(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return image positions (N, 2; column and row, pixels) and depths (N; metres) of world points (N, 3)."""
        sine, cosine = np.sin(self.yaw), np.cos(self.yaw)
        depth = np.maximum(points[:, 0] * sine + points[:, 2] * cosine, NEAREST)
        column = self.centre + FOCAL_LENGTH * (points[:, 0] * cosine - points[:, 2] * sine) / depth
        row = self.horizon + FOCAL_LENGTH * (self.height - points[:, 1]) / depth
        return np.stack([column, row], axis=1), depth

    def rays(self, columns: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return world x and z, per metre of depth, along the lines of sight through image columns (pixels)."""
        across = (columns - self.centre) / FOCAL_LENGTH
        sine, cosine = np.sin(self.yaw), np.cos(self.yaw)
        return across * cosine + sine, cosine - across * sine

    def up(self, rows: FloatArray, depth: FloatArray) -> FloatArray:
        """Return heights above the ground, metres, of points seen in image rows (pixels) at depths (metres)."""
        return self.height - (rows - self.horizon) * depth / FOCAL_LENGTH

    def ground(self) -> tuple[int, FloatArray, FloatArray, FloatArray]:
        """Return the first row below the horizon; the ground's x, z and depth (rows, WIDTH; metres) from there down."""
        first_row = int(np.floor(self.horizon)) + 1
        depth = FOCAL_LENGTH * self.height / (np.arange(first_row, HEIGHT)[:, None] + 0.5 - self.horizon)
        x, z = self.rays(np.arange(WIDTH)[None] + 0.5)
        return first_row, x * depth, z * depth, np.repeat(depth, WIDTH, axis=1)

    def as_json(self) -> dict[str, dict[str, float]]:
        """Return the camera's parameters under the keys of a Cityscapes camera file."""
        return {
            "extrinsic": {
                "baseline": BASELINE,
                "pitch": 0.0,
                "roll": 0.0,
                "yaw": self.yaw,
                "x": 0.0,
                "y": 0.0,
                "z": self.height,
            },
            "intrinsic": {"fx": FOCAL_LENGTH, "fy": FOCAL_LENGTH, "u0": self.centre, "v0": self.horizon},
        }


@dataclass(frozen=True)
class Pose:
    """An object's place on the ground: x and z, metres, and heading, radians (0 faces away from the camera)."""

    x: float
    z: float
    heading: float = 0.0

    def place(self, points: FloatArray) -> FloatArray:
        """Return world positions (N, 3) of points (N, 3) given as right, up and forward of the object, metres."""
        right, up, forward = points[:, 0], points[:, 1], points[:, 2]
        sine, cosine = np.sin(self.heading), np.cos(self.heading)
        x = self.x + right * cosine + forward * sine
        z = self.z - right * sine + forward * cosine
        return np.stack([x, up, z], axis=1)
