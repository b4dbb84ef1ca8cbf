//go:build unix

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The questions that take somebody who may be invited.
var aboutPeople = []string{"accepted-invitation", "role-member", "role-not-accepted", "invite-again", "invite-member", "joined-at-once"}

// standing is what somebody is to the organization.
type standing struct {
	role        string // of a member; empty for somebody who is none
	invitations []invitation
}

func (v *visit) standing(ctx context.Context, email string) (s standing, err error) {
	members, _, err := v.listMembers(ctx, 500)
	if err != nil {
		return s, err
	}
	for _, m := range members {
		if strings.EqualFold(m.User.Email, email) {
			s.role = m.Member.Role
		}
	}
	s.invitations, err = v.invitationsOf(ctx, email)
	return s, err
}

// inviting lets Terraform invite the address that is there for it, and invites it once more.
func (v *visit) inviting(ctx context.Context) error {
	email, role := v.settings.inviteEmail, v.settings.inviteRole
	v.unanswered(needsInvitation, aboutPeople...)
	switch {
	case email == "":
		return skip("NEON_TEST_INVITE_EMAIL is not set, so nobody is invited")
	case strings.EqualFold(email, v.caller.email):
		return errors.New("NEON_TEST_INVITE_EMAIL is the address of the key's owner: take another one")
	case !v.caller.admin():
		return skip("only the personal key of an admin can invite")
	}
	before, err := v.standing(ctx, email)
	if err != nil {
		return err
	}
	if before.role != "" {
		v.unanswered("the address was a member's before", aboutPeople...)
		return v.inviteMember(ctx, email, before.role)
	}
	w, err := v.workspace(ctx, fmt.Sprintf("resource \"neon_organization_member\" \"invited\" {\n  email = %q\n  role  = %q\n}\n", email, role))
	if err != nil {
		return err
	}
	defer func() { v.leave(context.WithoutCancel(ctx), email) }()
	if err := w.apply(ctx); err != nil {
		return v.refusedRole(err)
	}
	after, err := v.standing(ctx, email)
	if err != nil {
		return err
	}
	if after.role == "" && len(after.invitations) == 0 {
		return errors.New("after the apply, the address is neither invited nor a member's")
	}
	if err := w.planned(ctx, false); err != nil {
		return err
	}
	v.seenOfInvitation(after)
	if after.role != "" {
		err = v.inviteMember(ctx, email, after.role)
	} else {
		err = v.inviteAgain(ctx, email, role, after.invitations)
	}
	if err != nil {
		return err
	}
	return w.planned(ctx, false) // whatever the second invitation has done
}

// leave says what remains of an invitation, which nothing in Neon's API can cancel.
func (v *visit) leave(ctx context.Context, email string) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s, err := v.standing(ctx, email)
	if err != nil {
		v.left = append(v.left, "perhaps an invitation of the address in NEON_TEST_INVITE_EMAIL: look in the Console, under People")
	}
	if n := len(s.invitations); n > 0 {
		v.left = append(v.left, fmt.Sprintf("%d listed invitation(s) of the address in NEON_TEST_INVITE_EMAIL: the API cannot cancel them; the Console can, under People", n))
	}
	if s.role != "" {
		v.left = append(v.left, "a new member, with the address in NEON_TEST_INVITE_EMAIL and the role "+s.role+": remove them in the Console, under People")
	}
}

// refusedRole tells a refused role from another failure of the apply.
func (v *visit) refusedRole(err error) error {
	sent := v.gate.seen(http.MethodPost, "/invitations")
	if len(sent) == 0 {
		return err
	}
	r := reply{status: sent[len(sent)-1].status, body: sent[len(sent)-1].body}
	if r.status < 400 || !strings.Contains(strings.ToLower(r.refusal().Message), "role") {
		return err
	}
	v.answer("role-not-accepted", strconv.Itoa(r.status), r.said())
	return skip("Neon does not accept the role " + v.settings.inviteRole + " here")
}

// seenOfInvitation answers what the first invitation tells.
func (v *visit) seenOfInvitation(after standing) {
	v.unanswered("the role "+v.settings.inviteRole+" was accepted", "role-not-accepted")
	v.unanswered("the role to invite with was another one (NEON_TEST_INVITE_ROLE)", "role-member")
	var answered []invitation
	for _, x := range v.gate.seen(http.MethodPost, "/invitations") {
		var list invitationList
		if (reply{status: x.status, body: x.body}).decode(&list) == nil {
			answered = append(answered, list.Invitations...)
		}
	}
	if v.settings.inviteRole == "member" {
		echoed := after.role
		if len(after.invitations) > 0 {
			echoed = after.invitations[0].Role
		}
		v.answer("role-member", "`"+echoed+"`", "in the list")
	}
	if after.role == "" {
		v.unanswered("the invited person did not join at once", "accepted-invitation", "joined-at-once", "invite-member")
		return
	}
	v.unanswered("the invited person joined at once", "invite-again")
	v.answer("joined-at-once", choose(len(answered) > 0, "yes", "no"), "")
	v.answer("accepted-invitation", choose(len(after.invitations) > 0, "yes", "no"), "of somebody who joined at once")
}

// inviteOnce sends an invitation without Terraform.
func (v *visit) inviteOnce(ctx context.Context, email, role string) (r reply, answered []invitation, err error) {
	body := map[string]any{"invitations": []map[string]string{{"email": email, "role": role}}}
	if r, err = v.call(ctx, v.settings.apiKey, http.MethodPost, v.organization()+"/invitations", body); err != nil {
		return r, nil, err
	}
	var list invitationList
	if r.status == http.StatusOK {
		err = r.decode(&list)
	}
	return r, list.Invitations, err
}

func (v *visit) inviteAgain(ctx context.Context, email, role string, before []invitation) error {
	r, answered, err := v.inviteOnce(ctx, email, role)
	if err != nil {
		return err
	}
	if r.status >= 400 {
		v.answer("invite-again", "it is refused with "+strconv.Itoa(r.status), r.said())
		return nil
	}
	after, err := v.standing(ctx, email)
	if err != nil {
		return err
	}
	has := func(list []invitation, id string) bool {
		return slices.ContainsFunc(list, func(i invitation) bool { return i.ID == id })
	}
	old := has(after.invitations, before[0].ID)
	fresh := slices.ContainsFunc(after.invitations, func(i invitation) bool { return !has(before, i.ID) })
	answer := "neither the old nor a fresh invitation is listed"
	switch {
	case old && fresh:
		answer = "both invitations stay open"
	case fresh:
		answer = "a fresh invitation takes the place of the old one"
	case old:
		answer = "the old invitation stays as it was"
	}
	v.answer("invite-again", answer, fmt.Sprintf("answered: %d, listed afterwards: %d", len(answered), len(after.invitations)))
	return nil
}

func (v *visit) inviteMember(ctx context.Context, email, role string) error {
	before, err := v.standing(ctx, email)
	if err != nil {
		return err
	}
	r, answered, err := v.inviteOnce(ctx, email, role)
	if err != nil {
		return err
	}
	if r.status >= 400 {
		v.answer("invite-member", "it is refused with "+strconv.Itoa(r.status), r.said())
		return nil
	}
	after, err := v.standing(ctx, email)
	if err != nil {
		return err
	}
	answer := "nothing: no invitation is answered"
	if len(answered) > 0 {
		answer = "an invitation is answered, and not listed"
	}
	if len(after.invitations) > len(before.invitations) {
		answer = "an invitation that stays open"
	}
	v.answer("invite-member", answer, fmt.Sprintf("answered: %d, listed afterwards: %d", len(answered), len(after.invitations)))
	if after.role != role {
		return fmt.Errorf("the second invitation has changed the role from %s to %s", role, after.role)
	}
	return nil
}
