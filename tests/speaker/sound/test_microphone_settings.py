"""What settings may ask of the microphone is what the sound engine can do."""

from typing import get_args

from conf.settings import AudioSettings
from media.microphone.near_end import EchoCancellation
from media.microphone.noise_suppressor import NoiseSuppression


def test_settings_name_what_there_is() -> None:
    fields = AudioSettings.model_fields
    engines = get_args(fields["echo_cancellation"].annotation)
    assert engines == tuple(engine.value for engine in EchoCancellation)
    levels = get_args(fields["noise_suppression"].annotation)
    assert levels == tuple(level.value for level in NoiseSuppression)
