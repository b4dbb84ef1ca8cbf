package provider

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// sampleMessages are the messages about people, of the functions in messages_*.go, with sample arguments. names is what
// each summary must contain: the person or the object.
func sampleMessages() map[string]struct {
	names   string
	message diag.Diagnostic
} {
	const org, email, other, role = "org-1", "dev@example.com", "new@example.com", "viewer"
	at := path.Root("email")
	refused := errors.New("GET /organizations/org-1/members: the sample failed")
	member := neon.Member{ID: "m1", Email: email, Role: neon.RoleAdmin}
	removal := personChange{email: email, member: member}
	demotion := personChange{email: email, member: member, to: role}
	invitee := neon.Invitee{Email: email, Role: role}
	here := claim{by: memberType, role: role, email: email, memberID: "m1"}
	there := claim{by: memberType, role: role, email: other, memberID: "m1", replacement: true}
	invitation := claim{by: invitationType, role: role, email: email}
	keys := []neon.APIKey{{ID: "1", Name: "ci"}}
	moving := transfer{
		org: &neon.Organization{ID: org}, destination: "org-2", projects: []string{"p1"},
		here: map[string]neon.Project{"p1": {ID: "p1", Name: "shop"}},
	}
	stayed := neon.Whereabouts{Here: []string{"p1"}, There: []string{"p2"}}
	refusedTransfer := &neon.Error{Method: "POST", Path: "/organizations/org-1/projects/transfer", Status: 406, Err: &neon.TransferError{
		Limits:       []neon.ExceededLimit{{Name: "projects_count", Expected: "100", Actual: "101"}},
		Integrations: []neon.ProjectIntegration{{ProjectID: "p1", Integration: "github"}},
	}}
	problem := func(u unexplained) diag.Diagnostic { return u.problem(org) }

	type sample = struct {
		names   string
		message diag.Diagnostic
	}
	vpc := vpcEndpointModel{Label: types.StringValue("main"), OnDestroy: types.StringValue(endDelete)}
	vpc.OrgID, vpc.RegionID, vpc.VPCEndpointID = types.StringValue(org), types.StringValue("aws-us-east-1"), types.StringValue("vpce-0a")
	title := vpc.title()
	return map[string]sample{
		"cannotWritePrivateState": {"nonce", cannotWritePrivateState("nonce", refused)},

		"invalidEmail":       {"Dev@example.com", invalidEmail(at, "Dev@example.com", emailProblem("Dev@example.com"))},
		"invalidEmail/form":  {"dev", invalidEmail(at, "dev", emailProblem("dev"))},
		"paddedKeyName":      {" ci", paddedKeyName(at, " ci")},
		"unprintableKeyName": {"::ci", unprintableKeyName(at, "::ci")},
		"invalidBaseURL":     {"base URL", invalidBaseURL(at, baseURLProblem("neon"))},
		"invalidBaseURL/?":   {"base URL", invalidBaseURL(at, baseURLProblem("https://neon?a=b"))},
		"unknownRole":        {email, unknownRole(at, org, "boss", email)},
		"waitsForNextPlan":   {email, waitsForNextPlan(at, email, "role")},
		"cannotWait":         {email, cannotWait(at, email, "role", "org_id")},

		"invalidImportID":             {"a/b/c", invalidImportID("a/b/c", wrongImportID("a/b/c", hasTooManyParts, memberThing))},
		"invalidOrganizationImportID": {"Org", invalidOrganizationImportID("Org", "list")},
		"invalidIdentity":             {"email", invalidIdentity("email", identityLacks("email"))},
		"invalidIdentity/org":         {"email", invalidIdentity("email", identityOfNoOrganization("Org"))},
		"nobodyToImport":              {email, nobodyToImport(org, email)},
		"noSuchInvitation":            {email, noSuchInvitation(org, email)},
		"cannotImport":                {email, cannotImport(email, refused)},
		"cannotImportInvitation":      {email, cannotImportInvitation(email, refused)},

		"cannotSeeMember":       {email, cannotSeeMember(email, refused)},
		"cannotSeePerson":       {email, cannotSeePerson(email, refused)},
		"cannotSeePeople":       {org, cannotSeePeople(org, refused)},
		"cannotSeeRoles":        {org, cannotSeeRoles(org, refused)},
		"cannotListMembers":     {org, cannotListMembers(org, refused)},
		"cannotListInvitations": {org, cannotListInvitations(org, refused)},
		"cannotReadMembership":  {email, cannotReadMembership(email, refused)},
		"cannotReadInvitation":  {email, cannotReadInvitation(email, refused)},
		"cannotReadMembers":     {org, cannotReadMembers(org, refused)},
		"cannotAdd":             {email, cannotAdd(email, refused)},
		"cannotInvite":          {email, cannotInvite([]string{email, other}, refused)},
		"cannotInviteAs":        {email, cannotInviteAs(email, role, refused)},
		"cannotChangeRole":      {email, cannotChangeRole(email, refused)},
		"cannotGiveRole":        {email, cannotGiveRole(email, role, refused)},
		"cannotRemove":          {email, cannotRemove(email, refused)},
		"cannotChangeMembers":   {org, cannotChangeMembers(org, refused)},
		"cannotWork":            {email, cannotWork(inviteOperation(email), refused)},

		"invalidLabel":             {" x", invalidLabel(at, " x")},
		"invalidEndpointImportID":  {"x", invalidEndpointImportID("x")},
		"cannotListEndpoints":      {org, cannotListEndpoints(org, refused)},
		"cannotReadEndpoint":       {title, cannotReadEndpoint(title, refused)},
		"cannotSeeRestrictions":    {title, cannotSeeRestrictions(title, refused)},
		"cannotAssignEndpoint":     {title, cannotAssignEndpoint(title, &neon.Error{Status: 409, Message: "no"})},
		"cannotDeleteEndpoint":     {title, cannotDeleteEndpoint(title, refused)},
		"cannotMoveEndpointHere":   {"neon_project", cannotMoveEndpointHere("neon_project")},
		"cannotMoveEndpoint":       {peersEndpointType, cannotMoveEndpoint(peersEndpointType)},
		"endpointGone":             {title, endpointGone(org, title)},
		"endpointChanged":          {title, endpointChanged(org, title, noLongerAssigned)},
		"endpointChanged/label":    {title, endpointChanged(org, title, otherLabel("a", "b"))},
		"endpointStays":            {title, endpointStays(vpc)},
		"endpointKeptAnyway":       {title, endpointKeptAnyway(vpc)},
		"endpointToBeDeleted":      {title, endpointToBeDeleted(vpc)},
		"stillRestricted":          {title, stillRestricted(title, neon.VPCEndpointDetails{RestrictedProjects: 4, Examples: []string{"a", "b", "c"}})},
		"endpointReplacementKeeps": {title, endpointReplacementKeeps(vpc)},
		"endpointForced":           {title, endpointForced(vpc.importID())},
		"endpointAdopted":          {title, endpointAdopted(vpc, "other")},
		"tooManyEndpoints":         {title, tooManyEndpoints(org, "aws-us-east-1", title, 10, 1)},
		"endpointClash":            {title, endpointClash(endsAndCreates, vpc)},
		"endpointClash/kept":       {title, endpointClash(endsAndKeeps, vpc)},
		"endpointClash/two":        {title, endpointClash(twoOwners, vpc)},
		"endpointMayBeCreated":     {title, endpointMayBeCreated(vpc.endpoint())},
		"noSuchEndpoint":           {title, noSuchEndpoint(org, title)},
		"cannotReadLimit":          {org, cannotReadLimit(org, refused)},
		"cannotSetLimit":           {org, cannotSetLimit(org, 5000, refused)},
		"cannotRemoveLimit":        {org, cannotRemoveLimit(org, refused)},
		"noLimitOnPlan":            {org, noLimitOnPlan(cannotReadLimit(org, refused).Summary(), org, "free", refused)},
		"limitReplaced":            {org, limitReplaced(org, 9000, 50)},
		"limitReplaced/raised":     {org, limitReplaced(org, 50, 9000)},
		"limitLowered":             {org, limitLowered(org, 9000, 50)},
		"limitRemoved":             {org, limitRemoved(org, 9000)},
		"limitStays":               {org, limitStays(org, 9000)},
		"limitKeptByOther":         {org, limitKeptByOther(org, 9000)},
		"limitGone":                {org, limitGone(org, 9000)},
		"limitChanged":             {org, limitChanged(org, 9000, 0)},
		"noLimitToImport":          {org, noLimitToImport(org)},
		"limitClash":               {org, limitClash(endsAndCreates, org)},
		"limitClash/kept":          {org, limitClash(endsAndKeeps, org)},
		"limitClash/two":           {org, limitClash(twoOwners, org)},

		"needsPersonalKey":      {email, needsPersonalKey(inviteOperation(email), "an organization key of org-1")},
		"needsAdmin":            {email, needsAdmin(roleOperation(email), "the personal key of ops@example.com", org, role)},
		"lesserKey":             {"key", lesserKey(withRole("the personal key of ops@example.com", org, role))},
		"readOnly":              {org, readOnly(listOperation(org))},
		"readOnlyUnknown":       {email, readOnlyUnknown(removeOperation(email))},
		"protectedPerson":       {email, protectedPerson(removal)},
		"protectedPerson/role":  {email, protectedPerson(demotion)},
		"everyoneProtected":     {email, everyoneProtected(removal)},
		"lockedOut":             {email, lockedOut(removal)},
		"wouldLockOut":          {email, wouldLockOut(removal)},
		"onlyActiveAdmin":       {email, onlyActiveAdmin(org, demotion)},
		"lastAdminRefused":      {email, lastAdminRefused(cannotRemove(email, refused), org, email, refused)},
		"protectsNobody":        {email, protectsNobody(org, []string{email})},
		"destroyedAndCreated":   {email, destroyedAndCreated(org, here, here)},
		"typeChanged":           {email, typeChanged(here, invitation)},
		"renamedWithoutMoved":   {email, renamedWithoutMoved(here, there)},
		"stillInState":          {email, stillInState(memberType, email)},
		"otherRole":             {other, otherRole(org, email, role, other, "admin")},
		"destroyedAndKept":      {email, destroyedAndKept(org, there, here)},
		"twoResources":          {other, twoResources(org, there, here)},
		"destroyedAndListed":    {email, destroyedAndListed(org, here, role)},
		"managedAndListed":      {email, managedAndListed(org, here, role)},
		"managedAndNotListed":   {email, managedAndNotListed(org, here)},
		"invitedAndNotListed":   {email, invitedAndNotListed(org, invitation)},
		"listRenamed":           {org, listRenamed(org)},
		"twoLists":              {org, twoLists(org)},
		"retained":              {email, retained(org, email, role)},
		"keptByAnother":         {email, keptByAnother(org, email)},
		"deposedStays":          {email, deposedStays(org, email)},
		"acceptedSince":         {email, acceptedSince(org, email, member)},
		"cameBack":              {email, cameBack(org, email, member)},
		"cameBack/list":         {email, problem(unexplained{removal, "m0", role})},
		"leftSince":             {email, leftSince(org, email)},
		"leftSince/list":        {email, problem(unexplained{personChange{email: email}, "m0", role})},
		"moreRights":            {email, moreRights(org, email, role, "admin", "editor")},
		"moreRights/list":       {email, problem(unexplained{demotion, "m1", role})},
		"moreRightsThanRemoved": {email, moreRightsThanRemoved(org, email, role, "admin")},
		"moreRightsThan…/list":  {email, problem(unexplained{removal, "m1", role})},
		"addressHasChanged":     {other, addressHasChanged(email, other)},
		"replacedUnderOldAddress": {
			email, replacedUnderOldAddress(org, email, other),
		},
		"newAddress":           {email, newAddress("m1", email, other)},
		"toBeInvited":          {email, toBeInvited(org, email, role)},
		"invitedAgain":         {email, invitedAgain(org, email, role, "admin")},
		"invitedAfterLeaving":  {email, invitedAfterLeaving(org, email, role)},
		"removedAndInvited":    {email, removedAndInvited(org, email, role)},
		"adoptedInvitation":    {email, adoptedInvitation(org, email, role)},
		"staysInvited":         {email, staysInvited(org, email)},
		"toBeRemoved":          {email, toBeRemoved(org, email, role)},
		"removedByReplacement": {email, removedByReplacement(org, email, role)},
		"noLongerMember":       {email, noLongerMember(org, email)},
		"noLongerInvited":      {email, noLongerInvited(org, email)},
		"keysUnknown":          {email, keysUnknown(email, refused)},
		"leavesKeys":           {email, leavesKeys(org, email, keys)},
		"acceptedAlready":      {email, acceptedAlready(email)},
		"memberAlready":        {email, memberAlready(org, email, role)},
		"invitationGone":       {email, invitationGone(org, email)},
		"noSuchMember":         {"m1", noSuchMember(org, "member_id", "m1", 3)},

		"actionUndecided":    {"neon_transfer_projects", actionUndecided("neon_transfer_projects", []string{"project_ids"})},
		"actionRevokes":      {"ci", actionRevokes(keys[0])},
		"nothingToRevoke":    {"12", nothingToRevoke(org, "12")},
		"toBeSentAgain":      {email, toBeSentAgain(org, email, role)},
		"joinedAlready":      {email, joinedAlready(org, email, role)},
		"noOpenInvitation":   {email, noOpenInvitation(org, email)},
		"transferToItself":   {org, transferToItself(org)},
		"notInDestination":   {"org-2", notInDestination("org-2", email)},
		"notInOrganization":  {"p1", notInOrganization(org, []string{"p1"}, "the personal key of ops@example.com")},
		"transferredBefore":  {"p1", transferredBefore("org-2", []string{"p1"})},
		"toBeTransferred":    {"p1", toBeTransferred(moving)},
		"scopedKeysEnd":      {"ci", scopedKeysEnd(keys)},
		"scopedKeysUnknown":  {org, scopedKeysUnknown(org, refused)},
		"cannotTransfer":     {"p1", cannotTransfer(moving, stayed, refusedTransfer)},
		"transferUnseen":     {"p1", transferUnseen(moving, neon.Whereabouts{Unknown: []string{"p1"}})},
		"transferUnseen/err": {"p1", transferUnseen(moving, neon.Whereabouts{Unknown: []string{"p1"}, Err: refused})},

		"listGivenUp":        {org, listGivenUp(org)},
		"severalToBeInvited": {"2 people", severalToBeInvited(org, []neon.Invitee{invitee, {Email: other, Role: role}})},
		"severalStayInvited": {other, severalStayInvited(org, []string{email, other})},
		"invitedBefore":      {email, invitedBefore(org, map[string]neon.Invitation{email: {Email: email, Role: role}})},
		"joinedSince":        {email, joinedSince(org, []string{email})},
		"newListedAddress":   {email, newListedAddress(email, "m1", other, role)},
		"notRemoved":         {email, notRemoved(org, []string{email})},
		"noLongerReported":   {email, noLongerReported(org, []personChange{removal})},
		"unlistedStay":       {email, unlistedStay(org, map[string]string{email: role})},
		"pendingUnlisted":    {email, pendingUnlisted(org, []string{email})},
		"newlyInvited":       {email, newlyInvited(org, []string{email})},
		"goneFromList":       {email, goneFromList(org, []string{email})},
		"changedByHand":      {email, changedByHand(org, []string{email}, nil, map[string]string{email: role})},
		"noAdminLeft":        {org, noAdminLeft(org, []personChange{demotion})},
		"tooManyRemovals":    {"1 people of " + org, tooManyRemovals(org, 0, []personChange{removal})},
		"refusedCreate":      {org, refusedCreate(org, []neon.Member{member}, []personChange{demotion})},
		"changedInPart":      {org, changedInPart(org, []string{inviteItem(invitee)}, []string{removal.item()})},
		"createdInPart":      {org, createdInPart(org, []string{inviteItem(invitee)}, []string{notTried(demotion.item(), afterPromotion)})},
	}
}

// otherTopics are the files whose messages have samples of their own.
var otherTopics = []string{"messages_keys.go", "messages_provider.go"}

var (
	// nextStep is a sentence that says what to do, or that there is nothing to do.
	nextStep = regexp.MustCompile(`(?:^|[.:;,] |\n(?:- )?|Please )(?:Do one of|No action is needed|` +
		`(?i:add|apply|check|cancel|choose|correct|create|destroy|forget|give|import|keep|leave|look at|plan again|plan with|promote|` +
		`remove|report|revoke|set|take|to cancel|use|write)) ?`)
	// foreignWords are what style keeps out of messages.
	foreignWords = regexp.MustCompile(`(?i)\b(somebody|someone|whoever|whom|whose maker|maker|goes on)\b`)
	twoSpaces    = regexp.MustCompile(`[^\n ] {2,}|\n{3,}|%!`)
)

// TestMessages prints every message with -v, and holds each to the form that a reader relies on.
func TestMessages(t *testing.T) {
	t.Parallel()
	samples := sampleMessages()
	maps.Copy(samples, sampleProjectRoleMessages())
	for _, name := range slices.Sorted(maps.Keys(samples)) {
		sample := samples[name]
		summary, detail := sample.message.Summary(), sample.message.Detail()
		t.Logf("%s\n%s: %s\n\n%s\n", name, sample.message.Severity(), summary, detail)
		failed := strings.HasPrefix(name, "cannot") // by what: the details are those of the function failure
		switch {
		case !strings.Contains(summary, sample.names):
			t.Errorf("%s: the summary %q does not name %q", name, summary, sample.names)
		case strings.ContainsAny(summary, "\n") || strings.HasSuffix(summary, "."):
			t.Errorf("%s: the summary is not a title: %q", name, summary)
		case !failed && !nextStep.MatchString(detail):
			t.Errorf("%s: the detail does not say what to do:\n%s", name, detail)
		case foreignWords.MatchString(summary + "\n" + detail):
			t.Errorf("%s: it has %q:\n%s\n%s", name, foreignWords.FindString(summary+"\n"+detail), summary, detail)
		}
		for line := range strings.SplitSeq(detail, "\n") {
			if !strings.HasPrefix(line, "    ") && twoSpaces.MatchString(line) {
				t.Errorf("%s: blanks in %q", name, line)
			}
		}
	}
	for _, function := range messageFunctions(t) {
		if _, ok := samples[function]; !ok {
			t.Errorf("the function %s has no sample", function)
		}
	}
}

// messageFunctions are the functions in messages_*.go that return a diagnostic.
func messageFunctions(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("messages_*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || slices.Contains(otherTopics, file) {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range tree.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Type.Results == nil || len(f.Type.Results.List) != 1 {
				continue
			}
			result, ok := f.Type.Results.List[0].Type.(*ast.SelectorExpr)
			if ok && result.Sel.Name == "Diagnostic" {
				names = append(names, f.Name.Name)
			}
		}
	}
	if len(names) < 60 {
		t.Errorf("only %d functions were found", len(names))
	}
	return names
}
