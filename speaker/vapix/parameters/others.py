"""Small groups: what is not there, said in the way in which clients ask for it."""

from __future__ import annotations

from typing import Final

from speaker.vapix.parameters.parameter import Constant, Parameter, Whole, YesNo
from speaker.vapix.parameters.properties import WhereRouted

PARAMETERS: Final = (
    Parameter(
        "BasicDeviceInfo.BasicDeviceInfo",
        WhereRouted("/axis-cgi/basicdeviceinfo.cgi"),
        "Basic device information",
        YesNo(),
    ),
    Parameter("Input.NbrOfInputs", Constant("0"), "Inputs", Whole(0, 0)),
    Parameter("Output.NbrOfOutputs", Constant("0"), "Outputs", Whole(0, 0)),
)
