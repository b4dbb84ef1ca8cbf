package neon

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var testEndpoint = VPCEndpoint{RegionID: "aws-us-east-1", ID: "vpce-0a", Label: "main"}

// However many ask, and whatever is written meanwhile: one request each.
func TestLimitAndEndpointsAreReadOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.setLimit(100)
		neon.assignEndpoint("aws-us-east-1/vpce-0b", "other")
		o := newTestOrganization(neon, Config{})
		want := func(cents int64, labels ...string) {
			t.Helper()
			now, err := o.SpendingLimit(t.Context())
			if err != nil || now != cents {
				t.Errorf("the limit is %d, want %d: %v", now, cents, err)
			}
			list, err := o.VPCEndpoints(t.Context())
			var got []string
			for _, e := range list {
				got = append(got, e.Label)
			}
			if err != nil || !slices.Equal(got, labels) {
				t.Errorf("the labels are %q, want %q: %v", got, labels, err)
			}
		}
		want(100, "other")
		want(100, "other")
		if n, m := neon.count("GET billing"), neon.count("GET vpc"); n != 1 || m != 1 {
			t.Errorf("%d and %d reads", n, m)
		}
		if err := o.SetSpendingLimit(t.Context(), 5000); err != nil {
			t.Error(err)
		}
		if err := o.AssignVPCEndpoint(t.Context(), testEndpoint); err != nil {
			t.Error(err)
		}
		want(5000, "other", "main")
		if err := o.RemoveSpendingLimit(t.Context()); err != nil {
			t.Error(err)
		}
		if err := o.DeleteVPCEndpoint(t.Context(), testEndpoint.RegionID, testEndpoint.ID); err != nil {
			t.Error(err)
		}
		want(0, "other")
		if _, assigned, err := o.VPCEndpoint(t.Context(), testEndpoint.RegionID, testEndpoint.ID); assigned || err != nil {
			t.Error(assigned, err)
		}
		// One look after each write that was answered with nothing.
		if n, m := neon.count("GET billing"), neon.count("GET vpc"); n != 1 || m != 3 {
			t.Errorf("%d and %d reads", n, m)
		}
	})
}

// What was just written is not lost to a list that lags behind.
func TestLaggingListOfEndpoints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		neon := newFakeNeon()
		neon.lag = time.Second
		o := newTestOrganization(neon, Config{})
		if err := o.AssignVPCEndpoint(t.Context(), testEndpoint); err != nil {
			t.Error(err)
		}
		if err := o.DeleteVPCEndpoint(t.Context(), testEndpoint.RegionID, testEndpoint.ID); err != nil {
			t.Error(err)
		}
		if n, m := neon.count("POST vpc"), neon.count("DELETE vpc"); n != 1 || m != 1 {
			t.Errorf("%d POSTs and %d DELETEs", n, m)
		}
	})
}

// An empty answer proves nothing: here it is a proxy's, and nothing is carried out.
func TestEmptyAnswerOfAnother(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", `["another form"]`, "<html>"} {
		synctest.Test(t, func(t *testing.T) { testEmptyAnswerOfAnother(t, body) })
	}
}

func testEmptyAnswerOfAnother(t *testing.T, body string) {
	t.Helper()
	neon := newFakeNeon()
	neon.assignEndpoint("aws-us-east-1/vpce-0b", "other")
	client := newTestClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet:
			neon.ServeHTTP(w, r)
		case http.MethodPost:
			answerWith(200, body)(w, r)
		}
	}), Config{})
	o := client.Organization(testOrg)
	if err := o.AssignVPCEndpoint(t.Context(), testEndpoint); err == nil {
		t.Error("an assignment that nobody has carried out is success")
	} else {
		wantOutcome(t, err, Refused)
	}
	if err := o.DeleteVPCEndpoint(t.Context(), "aws-us-east-1", "vpce-0b"); err == nil {
		t.Error("a deletion that nobody has carried out is success")
	}
	if _, assigned, err := o.VPCEndpoint(t.Context(), "aws-us-east-1", "vpce-0b"); !assigned || err != nil {
		t.Error(assigned, err)
	}
}

func TestAnswersAboutLimitsAndEndpoints(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"spending_limit_cents":null}`:   "",
		`{"spending_limit_cents":250}`:    "",
		`{}`:                              "no spending limit",
		`{"status":"ok"}`:                 "no spending limit",
		`{"spending_limit_cents":0}`:      "not a number of cents",
		`{"spending_limit_cents":-5}`:     "not a number of cents",
		`{"spending_limit_cents":1.5}`:    "not a number of cents",
		`{"spending_limit_cents":"many"}`: "not a number of cents",
		`[]`:                              "unexpected form",
	} {
		_, err := newTestClient(answerWith(200, body), Config{RetryTimeout: 1}).Organization(testOrg).SpendingLimit(t.Context())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
	for body, want := range map[string]string{
		`{"endpoints":[]}`: "",
		`{"endpoints":[{"vpc_endpoint_id":"vpce-1","region_id":"aws-us-east-1","label":"x","more":1}]}`: "",
		`{"endpoints":null}`: "no list",
		`{}`:                 "no list",
		`{"endpoints":[{"vpc_endpoint_id":"vpce-1","label":"x"}]}`:                                   "another form",
		`{"endpoints":[{"vpc_endpoint_id":"../members","region_id":"aws-us-east-1","label":"x"}]}`:   "another form",
		`{"endpoints":[{"vpc_endpoint_id":"vpce-1","region_id":"aws us east","label":"x"}]}`:         "another form",
		`{"endpoints":[{"vpc_endpoint_id":"","region_id":"aws-us-east-1","label":"x"}],"more":true}`: "another form",
	} {
		_, err := newTestClient(answerWith(200, body), Config{RetryTimeout: 1}).Organization(testOrg).VPCEndpoints(t.Context())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
	for body, want := range map[string]int64{
		`{"vpc_endpoint_id":"vpce-0a","state":"new","num_restricted_projects":0,"example_restricted_projects":[]}`:             0,
		`{"vpc_endpoint_id":"vpce-0a","state":"accepted","num_restricted_projects":4,"example_restricted_projects":["a","b"]}`: 4,
		`{"vpc_endpoint_id":"vpce-0a","state":"later","num_restricted_projects":0,"example_restricted_projects":["a"]}`:        1,
		`{"vpc_endpoint_id":"vpce-0b","state":"new","num_restricted_projects":0}`:                                              -1,
		`{"vpc_endpoint_id":"vpce-0a","state":"new"}`:                                                                          -1,
		`{}`: -1,
	} {
		details, err := newTestClient(answerWith(200, body), Config{RetryTimeout: 1}).Organization(testOrg).
			VPCEndpointDetails(t.Context(), testEndpoint.RegionID, testEndpoint.ID)
		if (err != nil) != (want < 0) || err == nil && details.RestrictedProjects != want {
			t.Errorf("%s: %+v, %v", body, details, err)
		}
	}
}

// A state may have been tampered with.
func TestEndpointsWithForeignIDsAreNotSent(t *testing.T) {
	t.Parallel()
	neon := newFakeNeon()
	o := newTestOrganization(neon, Config{})
	for _, ids := range [][2]string{{"..", "vpce-1"}, {"aws-us-east-1", "../../members"}, {"", "vpce-1"}, {"aws-us-east-1", ""}, {"a.b", "c"}} {
		if err := o.DeleteVPCEndpoint(t.Context(), ids[0], ids[1]); err == nil {
			t.Errorf("%q is sent", ids)
		}
	}
	if n := neon.count("DELETE vpc"); n != 0 {
		t.Errorf("%d requests", n)
	}
}
