"""What `param.cgi` answers, as text and as XML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as Xml

from speaker.vapix.parameters.groups import members
from speaker.vapix.parameters.parameter import ROOT, OneOf, Text, Whole, YesNo

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from speaker.vapix.parameters.facts import Facts
    from speaker.vapix.parameters.parameter import Kind, Parameter

OK: Final = "OK\n"
NAMESPACE: Final = "http://www.axis.com/ParameterDefinitionsSchema"


def listed(groups: Sequence[str], parameters: Sequence[Parameter], facts: Facts) -> str:
    """`action=list`: a line a parameter; of a group that is unknown, a line that says so."""
    lines = []
    for group in groups or ("root",):
        found = members(group, parameters)
        if not found:
            lines.append(f"# Error: Error -1 getting param in group '{group}'")
        lines.extend(f"{ROOT}{each.path}={_value(each, facts)}" for each in found)
    return "".join(f"{line}\n" for line in lines)


def not_set(path: str, value: str) -> str:
    """What an update answers of each parameter that it could not set."""
    return f"# Error: Error setting '{path}' to '{value}'!\n"


def error(words: str) -> str:
    """What is wrong with a request."""
    return f"# Error: {words}\n"


def failed(words: str) -> str:
    """Why a group could not be added or removed."""
    return f"# Request failed: {words}\n"


def defined(
    groups: Sequence[str], parameters: Sequence[Parameter], facts: Facts, *, model: str
) -> bytes:
    """`action=listdefinitions`: types, ranges, rights and values, as XML."""
    Xml.register_namespace("", NAMESPACE)
    root = Xml.Element(f"{{{NAMESPACE}}}parameterDefinitions", version="1.0")
    Xml.SubElement(root, f"{{{NAMESPACE}}}model").text = model
    Xml.SubElement(root, f"{{{NAMESPACE}}}firmwareVersion").text = facts.version
    top = Xml.SubElement(root, f"{{{NAMESPACE}}}group", name="root")
    branches: dict[tuple[str, ...], Xml.Element] = {(): top}
    for parameter in _once(groups, parameters):
        *path, name = parameter.path.split(".")
        parent = _branch(branches, tuple(path))
        element = Xml.SubElement(
            parent,
            f"{{{NAMESPACE}}}parameter",
            name=name,
            value=_value(parameter, facts),
            securityLevel=parameter.security_level,
            niceName=parameter.nice_name or name,
        )
        _add_type(element, parameter)
    data: bytes = Xml.tostring(root, encoding="iso-8859-1", xml_declaration=True)
    return data


def _once(groups: Sequence[str], parameters: Sequence[Parameter]) -> Iterable[Parameter]:
    wanted = {each.path for group in groups or ("root",) for each in members(group, parameters)}
    return (each for each in parameters if each.path in wanted)


def _branch(branches: dict[tuple[str, ...], Xml.Element], path: tuple[str, ...]) -> Xml.Element:
    if path not in branches:
        parent = _branch(branches, path[:-1])
        branches[path] = Xml.SubElement(parent, f"{{{NAMESPACE}}}group", name=path[-1])
    return branches[path]


def _add_type(element: Xml.Element, parameter: Parameter) -> None:
    marks = {"readonly": "true"} if parameter.write is None else {}
    if parameter.is_constant:
        marks["const"] = "true"
    kind = Xml.SubElement(element, f"{{{NAMESPACE}}}type", marks)
    name, limits, entries = _described(parameter.kind)
    described = Xml.SubElement(kind, f"{{{NAMESPACE}}}{name}", limits)
    for entry in entries:
        Xml.SubElement(described, f"{{{NAMESPACE}}}entry", value=entry, niceValue=entry)


def _described(kind: Kind) -> tuple[str, dict[str, str], tuple[str, ...]]:
    match kind:
        case Text(0):
            return "string", {}, ()
        case Text(maxlen):
            return "string", {"maxlen": str(maxlen)}, ()
        case Whole(low, high):
            limits = {"min": str(low), "max": str(high)}
            return "int", {**limits, "maxlen": str(max(len(str(low)), len(str(high))))}, ()
        case YesNo():
            return "bool", {}, ()
        case OneOf(entries):
            return "enum", {}, entries


def _value(parameter: Parameter, facts: Facts) -> str:
    """On one line whatever it is; XML 1.0 has no control characters at all."""
    value = parameter.source.read(facts) or ""
    return "".join(each if each.isprintable() else " " for each in value)
