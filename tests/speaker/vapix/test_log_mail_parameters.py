"""`MailLogd` in `param.cgi`."""

from pathlib import Path

from tests.speaker.vapix.parameter_requests import asking, listed, update

RECIPIENT = {
    "name": "staff",
    "type": "email",
    "email_to": "joe@example.com",
    "email_from": "door@example.net",
    "host": "mail.example",
}


async def test_the_log_is_sent_by_email_as_the_parameters_say(tmp_path: Path) -> None:
    async with asking(tmp_path) as (served, http):
        none = {"root.MailLogd.LogSendLevel": "0", "root.MailLogd.ToEmail": ""}
        assert await listed(http, "MailLogd") == none
        # There is no mail server to send it by.
        assert "LogSendLevel" in await update(http, MailLogd__LogSendLevel="2")
        await served.device.change({"recipients": [RECIPIENT]}, by="test")
        to = "ann@example.com, eve@example.com"
        told = await update(http, MailLogd__LogSendLevel="2", MailLogd__ToEmail=to)
        assert told == "OK\n"
        found = served.device.settings.log_mail
        assert (found.level, found.to) == ("warning", to)
        assert served.device.notifications.deadline is not None
        assert "LogSendLevel" in await update(http, MailLogd__LogSendLevel="4")
        assert "ToEmail" in await update(http, MailLogd__ToEmail="nobody")
        assert await listed(http, "MailLogd.LogSendLevel") == {"root.MailLogd.LogSendLevel": "2"}
