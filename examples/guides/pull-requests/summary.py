#!/usr/bin/env python3
"""Prints what a plan means for people and keys, as Markdown for a pull request.

    terraform plan -out=tfplan -json >plan.jsonl
    terraform show -json tfplan >plan.json
    python3 summary.py plan.jsonl plan.json

Without plan.json, as after a plan that fails, it prints the errors and warnings. It needs Python 3.8 and nothing else.
"""

import html
import json
import os
import sys
import textwrap
import unicodedata

MOST = 200  # lines of a list
RANKS = {"collaborator": 0, "viewer": 1, "member": 2, "editor": 2, "admin": 3}
UNKNOWN = "(known after apply)"


def clean(text, longest=300):
    """One line without control and format characters, and without what a CI runner takes for a command."""
    text = "".join(c if unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029" else " " for c in str(text))
    text = text.replace("::", ": :").replace("##[", "# #[")
    return text if len(text) <= longest else text[:longest] + "…"


def code(text):
    """A text that is not ours: in a code span, Markdown, HTML and @names have no meaning."""
    return "`" + (clean(text).replace("`", "'").strip() or " ") + "`"


class Summary:
    def __init__(self):
        self.gains, self.loses, self.final, self.other = [], [], [], []

    def role(self, who, before, after, where=""):
        """One person's role in the organization or in a project, from None if there was none, to None if there is none."""
        if before is None:
            self.gains.append(f"{who} as {code(after)}{where}")
        elif after is None:
            self.loses.append(f"{who}, {code(before)} so far{where}")
        elif after == UNKNOWN or before not in RANKS or after not in RANKS:
            self.other.append(f"{who}: {code(before)} → {code(after)}{where}")
        elif RANKS[before] != RANKS[after]:
            (self.gains if RANKS[after] > RANKS[before] else self.loses).append(f"{who}: {code(before)} → {code(after)}{where}")

    def invites(self, who):
        self.final.append(f"{who} may get an invitation, which the API cannot cancel; a person with a Neon account joins at once")

    def neon_organization_member(self, before, after):
        if before and after:
            if before.get("email") != after.get("email"):
                self.other.append(f"{code(before.get('email'))} is now {code(after.get('email'))}")
            self.role(code(after.get("email")), before.get("role"), after.get("role"))
        elif after:
            self.role(code(after.get("email")), None, after.get("role"))
            self.invites(code(after.get("email")))
        elif before.get("retain_on_destroy"):
            self.other.append(f"{code(before.get('email'))} keeps access, and is no longer managed")
        elif before.get("status") == "pending":
            self.other.append(f"The invitation of {code(before.get('email'))} stays open: only the Neon Console can cancel it")
        else:
            self.role(code(before.get("email")), before.get("role"), None)

    def neon_organization_members_exclusive(self, before, after):
        if not after:
            self.other.append("The member list is no longer managed. Nobody is removed")
            return
        old, new = (before or {}).get("members") or {}, after.get("members") or {}
        if not isinstance(new, dict):
            self.other.append("The members are known after apply")
            return
        kept = after.get("unlisted_members")
        kept = kept if isinstance(kept, dict) else {}
        was_kept = (before or {}).get("unlisted_members") or {}
        for email in sorted({*old, *new, *was_kept}):
            known = old.get(email, was_kept.get(email))
            if email in new:
                self.role(code(email), known, new[email])
                if known is None:
                    self.invites(code(email))
            elif email not in kept or after.get("on_unlisted") == UNKNOWN:
                self.role(code(email), known, None)
            elif email in old:
                self.other.append(f"{code(email)} keeps access as {code(kept[email])}: not in the list, and only reported")

    def neon_organization_invitation(self, before, after):
        if after and not before:
            self.role(code(after.get("email")), None, after.get("role"))
            self.invites(code(after.get("email")))
        elif before and not after:
            self.other.append(f"The invitation of {code(before.get('email'))} is no longer managed; it is not cancelled")

    def key(self, values):
        where = f" for project {code(values['project_id'])}" if values.get("project_id") else " for the whole organization"
        return f"API key {code(values.get('name'))}{where}"

    def revoked(self, values, number):
        self.loses.append(f"{self.key(values)} ({code(number)}) is revoked")
        self.final.append(f"{self.key(values)} ({code(number)}): a revoked token never works again")

    def neon_organization_api_key(self, before, after):
        if before and not after:
            self.revoked(before, before.get("id"))
        elif after and not before:
            self.gains.append(f"{self.key(after)}: anyone with its token")

    def neon_organization_rotating_api_key(self, before, after):
        if not before:
            self.gains.append(f"{self.key(after)}: anyone with its token")
            return
        if not after:
            for number in filter(None, (before.get("key_id"), before.get("previous_key_id"))):
                self.revoked(before, number)
            return
        if before.get("key_id") != after.get("key_id"):
            self.other.append(f"{self.key(after)} is rotated: a new token; the present one works until the overlap is over")
        previous = before.get("previous_key_id")
        if previous and previous != after.get("previous_key_id"):
            self.revoked(before, previous)

    def neon_project_member_role(self, before, after):
        values = after or before
        who = code(values.get("email") or values.get("member_id") or "?")
        where = f" in project {code(values.get('project_id'))}"
        self.role(who, (before or {}).get("role"), (after or {}).get("role"), where)
        if not after:
            self.other.append(f"{who} keeps what the organization role gives{where}")

    def neon_organization_spending_limit(self, before, after):
        def dollars(values):
            cents = (values or {}).get("cents")
            return f"${cents / 100:.2f}" if isinstance(cents, (int, float)) else cents or "no value yet"

        if not after and before.get("on_destroy") != "remove":
            self.other.append(f"The spending limit of {code(dollars(before))} stays, and is no longer managed")
        elif dollars(before) != dollars(after):
            self.other.append(f"Spending limit: {code(dollars(before) if before else 'not managed')} → {code(dollars(after) if after else 'none')}")

    def neon_organization_vpc_endpoint(self, before, after):
        values = after or before
        what = f"VPC endpoint {code(values.get('vpc_endpoint_id'))} in {code(values.get('region_id'))}"
        if after and not before:
            self.gains.append(f"{what}: the network behind it")
        elif after:
            self.other.append(f"{what}: {code(before.get('label'))} → {code(after.get('label'))}")
        elif before.get("on_destroy") == "delete":
            self.loses.append(f"{what}: the network behind it")
            self.final.append(f"{what} can never be added again after it is deleted")
        else:
            self.other.append(f"{what} stays at Neon, and is no longer managed")

    def change(self, resource):
        change = resource["change"]
        actions = [a for a in change["actions"] if a not in ("no-op", "read")]
        if resource.get("mode") != "managed":
            return
        if change.get("importing") is not None:
            self.other.append(f"{code(resource['address'])} is imported")
        if resource.get("previous_address"):
            self.other.append(f"{code(resource['previous_address'])} has moved to {code(resource['address'])}")
        if not actions:
            return
        rule = getattr(self, resource["type"], None) if resource["type"].startswith("neon_") else None
        before, after = change.get("before"), change.get("after")
        unknown = change.get("after_unknown")
        if after is not None and isinstance(unknown, dict):
            after = {**after, **{name: UNKNOWN for name, is_unknown in unknown.items() if is_unknown is True}}
        if "forget" in actions:
            self.other.append(f"{code(resource['address'])} is no longer managed; nothing changes at Neon")
        elif rule is None:
            self.other.append(f"{code(resource['address'])}: {code(' and '.join(actions))}")
        elif "delete" in actions and "create" in actions:
            rule(before, None)
            rule(None, after)
        else:
            rule(before, after)


def read_messages(path):
    """The diagnostics of `plan -json`, and the lines that are not JSON: Terraform prints some errors as text."""
    diagnostics, lines = [], []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                message = json.loads(line)
                if message.get("type") == "diagnostic":
                    diagnostics.append(message["diagnostic"])
            except (ValueError, AttributeError, KeyError):
                if line.strip():
                    lines.append(line)
    return diagnostics, lines


def section(title, items):
    if items:
        print(f"\n### {title}\n")
        for item in items[:MOST]:
            print(f"- {item}")
        if len(items) > MOST:
            print(f"- and {len(items) - MOST} more")


def block(lines):
    print("\n<pre>")
    for line in lines[:MOST]:
        line = clean(line.rstrip(), 3000)
        for part in [line] if line.startswith(" ") else textwrap.wrap(line, 100, break_on_hyphens=False) or [""]:
            print(html.escape(part, quote=False))
    print("</pre>")


def diagnostic_section(title, diagnostics):
    if not diagnostics:
        return
    print(f"\n### {title}")
    for diagnostic in diagnostics[:MOST]:
        print(f"\n**{code(diagnostic.get('summary', ''))}**" + (f" ({code(diagnostic['address'])})" if diagnostic.get("address") else ""))
        if diagnostic.get("detail"):
            block(diagnostic["detail"].split("\n"))


def main(messages, plan=None):
    diagnostics, lines = read_messages(messages)
    errors = [d for d in diagnostics if d.get("severity") == "error"]
    summary, title = Summary(), "Plan: no changes"
    if plan and os.path.exists(plan):
        with open(plan, encoding="utf-8") as file:
            saved = json.load(file)
        for resource in saved.get("resource_changes", []):
            summary.change(resource)
        outputs = [name for name, change in saved.get("output_changes", {}).items() if change["actions"] != ["no-op"]]
        summary.other += [f"Output {code(name)} changes" for name in outputs]
        if summary.gains or summary.loses or summary.other:
            title = f"Plan: {len(summary.gains)} gained, {len(summary.loses)} lost, {len(summary.other)} other"
    else:
        title = "The plan failed"
    if errors:
        title = "The plan failed"
    print(f"## {title}")
    diagnostic_section("Errors", errors)
    if lines:
        print("\n### Terraform")
        block(lines)
    section("Gains access or rights", summary.gains)
    section("Loses access or rights", summary.loses)
    section("Cannot be undone", summary.final)
    section("Other changes", summary.other)
    diagnostic_section("Warnings", [d for d in diagnostics if d.get("severity") != "error"])


if __name__ == "__main__":
    main(*sys.argv[1:3])
