package neon

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestPerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.addMember("m1", "One@Example.com", "member")
		neon.addInvitation("Two@Example.com", "viewer")
		_ = sleep(t.Context(), time.Second)
		neon.addInvitation("two@example.com", "admin")
		o := newTestOrganization(neon, Config{})
		look := func(id, email string) Person {
			person, err := o.Person(t.Context(), id, email)
			if err != nil {
				t.Fatal(err)
			}
			return person
		}
		if p := look("", "one@example.com"); p.Member == nil || !p.Has("editor") || p.Pending() || p.ListsAccepted {
			t.Errorf("%+v", p)
		}
		if p := look("m1", "other@example.com"); p.Member == nil || p.Member.Email != "one@example.com" {
			t.Errorf("%+v", p)
		}
		if p := look("m-gone", "one@example.com"); p.Member == nil {
			t.Errorf("%+v", p)
		}
		if p := look("", "two@example.com"); !p.Pending() || p.Invitation.Role != "admin" { // the newest counts
			t.Errorf("%+v", p)
		}
		if p := look("", "nobody@example.com"); p.Known() || p.Has("") {
			t.Errorf("%+v", p)
		}
		if n := neon.count("GET members") + neon.count("GET invitations"); n != 2 {
			t.Errorf("%d lists: %q", n, neon.log)
		}
		if others, err := o.HasOtherActiveAdmin(t.Context(), "m1"); err != nil || !others {
			t.Errorf("no other active admin, %v", err)
		}
		if err := o.RemoveMember(t.Context(), "m1"); err != nil {
			t.Fatal(err)
		}
		if p := look("m1", "one@example.com"); p.Known() {
			t.Errorf("%+v", p)
		}
	})
}

// Whoever accepts between the lists must not be missing in both, not even if the lists are asked for
// at the same time by several.
func TestPersonWhoAccepts(t *testing.T) {
	t.Parallel()
	for name, membersFirst := range map[string]bool{"between the lists": false, "while the members are listed by another": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var accepted atomic.Bool
				client := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					switch {
					case strings.HasSuffix(r.URL.Path, "/members") && accepted.Load():
						answerWith(200, `{"members":[`+oneMember+`,`+strings.NewReplacer("m1", "m2", "a@", "b@").Replace(oneMember)+`]}`)(w, r)
					case strings.HasSuffix(r.URL.Path, "/members"):
						answerWith(200, `{"members":[`+oneMember+`]}`)(w, r)
					default:
						_ = sleep(r.Context(), time.Second) // the list as it is a second later
						body := `{"invitations":[{"id":"i","email":"b@example.com","role":"viewer"}]}`
						if accepted.Load() {
							body = `{"invitations":[]}`
						}
						_ = sleep(r.Context(), time.Second)
						answerWith(200, body)(w, r)
					}
				}), Config{})
				o := client.Organization(testOrg)
				var group sync.WaitGroup
				acceptedAfter := 1500 * time.Millisecond
				if membersFirst {
					acceptedAfter = 500 * time.Millisecond
				}
				group.Go(func() { _ = sleep(t.Context(), acceptedAfter); accepted.Store(true) })
				if membersFirst {
					group.Go(func() { _ = sleep(t.Context(), 100*time.Millisecond); _, _ = o.Members(t.Context()) })
				}
				person, err := o.Person(t.Context(), "", "b@example.com")
				if err != nil || person.Member == nil {
					t.Errorf("%+v, %v", person, err)
				}
				group.Wait()
			})
		})
	}
}

func TestListsAccepted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stamp := func(ago time.Duration) string { return time.Now().Add(-ago).UTC().Format(time.RFC3339) }
		member := strings.Replace(oneMember, `"role"`, `"joined_at":"`+stamp(time.Hour)+`","role"`, 1)
		for _, test := range []struct {
			invited time.Duration
			want    bool
		}{{2 * time.Hour, true}, {30 * time.Minute, false}} { // invited before or after joining
			client := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
				if strings.HasSuffix(r.URL.Path, "/members") {
					answerWith(200, `{"members":[`+member+`]}`)(w, r)
					return
				}
				answerWith(200, `{"invitations":[{"id":"i1","email":"a@example.com","invited_at":"`+stamp(test.invited)+`"},{"id":"i2","email":"b@example.com"}]}`)(w, r)
			}), Config{})
			person, err := client.Organization(testOrg).Person(t.Context(), "", "b@example.com")
			if err != nil || !person.Pending() || person.ListsAccepted != test.want {
				t.Errorf("invited %s ago: %+v, %v", test.invited, person, err)
			}
		}
	})
}

// Whoever invites 100 people one by one looks only now and then who has joined at once, and waits no longer
// for that than the invitations take.
func TestInvitationsShareTheLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.addMember("m1", "one@example.com", "admin")
		o := newTestOrganization(neon, Config{})
		queue := make(chan string)
		var group sync.WaitGroup
		started := time.Now()
		for range 10 {
			group.Go(func() {
				for email := range queue {
					if _, err := o.Invite(t.Context(), []Invitee{{email, "viewer"}}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for i := range 100 {
			queue <- fmt.Sprintf("new-%d@example.com", i)
		}
		close(queue)
		group.Wait()
		if invited, looks := neon.count("POST invitations"), neon.count("GET members"); invited != 100 || looks > 15 {
			t.Errorf("%d invitations, %d looks", invited, looks)
		}
		wantTook(t, started, 0, 14*time.Second) // 110 requests at 700 a minute
	})
}
