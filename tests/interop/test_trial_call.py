"""`speaker test-call` tells an installer how a call through the PBX goes."""

import sys
from pathlib import Path

from tests.interop.pbx_settings import registered
from tests.interop.peers import phone
from tests.interop.peers.kamailio import Kamailio
from tests.interop.peers.phone import ROOT
from tests.interop.peers.program import Program
from tests.interop.peers.speaker import Speaker

CALL_LIMIT_S = 30.0


def test_running_speaker_calls_a_phone_and_reports_each_step(tmp_path: Path, pbx: Kamailio) -> None:
    account = pbx.account("phone")
    with (
        Speaker(tmp_path / "speaker", config=registered(pbx.account("speaker"))) as speaker,
        phone.listen(*phone.at_pbx(account)) as called,
    ):
        speaker.wait_for_registration("registered")
        pbx.wait_until_registered("phone")
        command = [sys.executable, "-m", "speaker.main", "test-call"]
        command += ["--data", str(tmp_path / "speaker" / "data"), "pbx", "phone"]
        with Program(command, folder=ROOT) as trial:
            assert trial.wait(CALL_LIMIT_S) == 0, trial.out.text + trial.err.text
            report = trial.out.text
        assert called.outcome().code == 200
    steps = {line.split()[1]: line.split()[0] for line in report.splitlines()}
    assert "failed" not in steps.values()
    assert {"registration", "answer", "rtp", "hang-up"} <= steps.keys()
