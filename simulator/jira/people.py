"""People as the site shows them: accounts in Cloud, users with names in Data Center."""

import hashlib

from simulator.jira.site import Site
from simulator.people import address


def account_id(person: str) -> str:
    """The account of a person in Cloud."""
    return f"5b{hashlib.blake2b(person.encode(), digest_size=11).hexdigest()}"


def user_name(person: str) -> str:
    """The name of a user in Data Center."""
    return person.lower().replace(" ", ".")


def shown(site: Site, person: str, base: str) -> dict[str, object] | None:
    """A person in an answer; None for nobody."""
    if not person:
        return None
    root = f"{base}/rest/api/{3 if site.is_cloud else 2}/user"
    avatars = {
        f"{size}x{size}": f"{base}/secure/useravatar?size={size}" for size in (48, 24, 16, 32)
    }
    if site.is_cloud:
        key = account_id(person)
        return {
            "self": f"{root}?accountId={key}",
            "accountId": key,
            "avatarUrls": avatars,
            "displayName": person,
            "active": True,
            "timeZone": "Europe/Berlin",
            "accountType": "atlassian",
        }
    name = user_name(person)
    return {
        "self": f"{root}?username={name}",
        "name": name,
        "key": f"JIRAUSER{int(account_id(person)[2:8], 16)}",
        "emailAddress": address(person),
        "avatarUrls": avatars,
        "displayName": person,
        "active": True,
        "timeZone": "Europe/Berlin",
    }
