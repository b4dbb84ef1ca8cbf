package provider

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// The messages about the provider's configuration: the API key, the organization, and the files that it names.

const (
	keySetting = "argument api_key or environment variable " + envAPIKey
	orgSetting = "argument org_id or environment variable " + envOrgID
	applyFirst = "Apply what it depends on first:\n\n    terraform apply -target=ADDRESS\n\n"
)

// Where a value comes from, for the beginning of a sentence.

func setByArgument(name string) string    { return "The argument " + name }
func setByEnvironment(name string) string { return "The environment variable " + name }
func setByFile(name string) string        { return fmt.Sprintf("The file %q", name) }

// keyWords describes the type and the owner of an API key.
func keyWords(caller neon.Caller) string {
	switch {
	case caller.KeyType == neon.PersonalKey && caller.Email == "":
		return "a personal key"
	case caller.KeyType == neon.PersonalKey:
		return "the personal key of " + caller.Email
	case caller.KeyType == neon.OrganizationKey:
		return "an organization key of " + caller.OrgID
	case caller.ProjectID != "":
		return fmt.Sprintf("a project-scoped key of %s, for project %s", caller.OrgID, caller.ProjectID)
	default:
		return "a project-scoped key of " + caller.OrgID
	}
}

// noAPIKey says how to set an API key.
func noAPIKey() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("api_key"), "No Neon API key", fmt.Sprintf(
		"None of the arguments api_key and api_key_file and the environment variables %[1]s and %[2]s is set. "+
			"Create a personal API key (Neon Console > Account settings > API keys) and set it:\n\n    export "+
			"%[1]s=...\n", envAPIKey, envAPIKeyFile))
}

// emptyAPIKey, quotedAPIKey and malformedAPIKey refuse an invalid API key; from is its source.
func emptyAPIKey(from string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("api_key"), "Empty Neon API key",
		from+" is an empty string. Check that the CI variable or secret exists, and that it is passed to this job.")
}

func quotedAPIKey(from string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("api_key"), "Neon API key in quotes",
		from+" begins or ends with a quotation mark. No API key does. Remove the quotation marks: "+
			"many tools treat the quotation marks in a .env file or a CI secret as part of the value.")
}

func malformedAPIKey(from string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("api_key"), "Malformed Neon API key",
		from+" contains a space, a line break or another character that no API key has. Remove it: "+
			"it is often the line break at the end of a file, which trimspace() removes.")
}

// keyAndFile refuses two sources of the API key.
func keyAndFile() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("api_key_file"), "api_key and api_key_file are both set",
		"Only one of them can set the API key. Remove the other, or remove both and set the environment variable "+envAPIKey+".")
}

// unreadableKeyFile refuses a file without an API key.
func unreadableKeyFile(from, name string, err error) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("api_key_file"), "Cannot read the Neon API key", fmt.Sprintf(
		"%s names the file %q, and the API key cannot be read from it: %s. Nothing was sent to Neon. "+
			"Correct the path, or write the key and nothing else into the file.", from, name, err))
}

// readableByAnyone warns about the permissions of a key file.
func readableByAnyone(name string, permissions fs.FileMode) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("api_key_file"), "Anyone on this machine can read the Neon API key", fmt.Sprintf(
		"The file %q has the permissions %04o. Restrict them:\n\n    chmod o-rwx %s\n", name, permissions, shellQuote(name)))
}

// unreadableCertificates refuses a file without certificates.
func unreadableCertificates(from, name string, err error) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("ca_cert_file"), "Cannot read the certificates of ca_cert_file", fmt.Sprintf(
		"%s names the file %q, and no certificate can be read from it: %s. Nothing was sent to Neon. "+
			"Correct the path, or write the certificate of your network's authority into the file, in PEM form.", from, name, err))
}

// wrongBaseURL refuses an address; problem follows from in the sentence.
func wrongBaseURL(from, problem string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("base_url"), "Invalid base URL", from+" "+problem)
}

// unencryptedBaseURL refuses to send the API key in clear text.
func unencryptedBaseURL(from, address string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("base_url"), "Unencrypted base URL", fmt.Sprintf(
		"%s is %q. The provider would send the API key unencrypted to another machine, so it sent nothing. Use an https address. "+
			"If you trust the network, set allow_insecure_base_url = true.", from, address))
}

// invalidOrgIDVariable refuses the value of the environment variable.
func invalidOrgIDVariable(id string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("org_id"), "Invalid organization ID", fmt.Sprintf(
		"The environment variable %s %s, not %q. The ID is in Neon Console > Organization > Settings.", envOrgID, orgIDForm, id))
}

// invalidOrgIDInState refuses a value that no configuration can have.
func invalidOrgIDInState(id string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Invalid organization ID", fmt.Sprintf(
		"The state or the import has the organization ID %q, which %s. Nothing was sent to Neon. "+
			"Check the state for changes by hand, and import the object again if it is wrong.", id, orgIDForm))
}

// invalidReadOnly refuses the value of the environment variable.
func invalidReadOnly(text string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("read_only"), "Invalid read-only setting",
		fmt.Sprintf("The environment variable %s must be true or false, not %q.", envReadOnly, text))
}

// invalidProtectedMember refuses an address in the environment variable.
func invalidProtectedMember(problem string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("protected_members"), "Invalid protected member",
		fmt.Sprintf("In the environment variable %s, %s", envProtectedMembers, problem))
}

// invalidDuration refuses a value; wanted is what it must be.
func invalidDuration(at path.Path, problem, wanted string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "Invalid duration", fmt.Sprintf(
		"%s: it %s. The units are d (24 hours), h, m and s, days first and in whole numbers.", problem, wanted))
}

// argumentUnknown says that nothing can be sent yet.
func argumentUnknown(argument string) diag.Diagnostic {
	return unknownUntilApply(argument, "Or take the value from a variable or the environment.")
}

// defaultOrgUnknown is argumentUnknown for an object that has no org_id of its own.
func defaultOrgUnknown() diag.Diagnostic {
	return unknownUntilApply("org_id", "Or set org_id here, because this object does not set it.")
}

func unknownUntilApply(argument, otherwise string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Provider argument not known yet: "+argument, fmt.Sprintf(
		"The provider's argument %s is known only after apply, so the provider cannot send requests to Neon now. %s%s", argument, applyFirst, otherwise))
}

// refreshSkipped says that states stay as they are.
func refreshSkipped(argument string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Refresh skipped: "+argument+" is unknown until apply",
		"The provider's argument is known only after apply, so the provider cannot send requests to Neon now. "+
			"Resources keep their state, the plan does not show changes outside of Terraform, and the guards run only at apply. "+
			"To check now, take the value from a variable or the environment.")
}

// unidentifiedKey says that Neon has not returned whose key it is.
func unidentifiedKey(err error) diag.Diagnostic {
	return failure("Cannot identify the Neon API key", err)
}

// wrongKeyType refuses a key of another type than key_type.
func wrongKeyType(configured neon.KeyType, caller neon.Caller) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Wrong key_type", fmt.Sprintf(
		"The provider has key_type = %q, but the key is %s. Correct key_type, remove it, or use another key (%s).",
		configured, keyWords(caller), keySetting))
}

// projectScopedKey refuses a project-scoped key.
func projectScopedKey(key neon.Key) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Project-scoped API key", fmt.Sprintf(
		"The provider's key is %s. Such a key can access only its own project, not the organization. "+
			"Use the personal key of an admin, or an organization-wide key (%s).", keyWords(neon.Caller{Key: key}), keySetting))
}

// keyOfAnotherOrganization refuses an organization key outside of its organization.
func keyOfAnotherOrganization(orgID string, key neon.Key) diag.Diagnostic {
	return diag.NewErrorDiagnostic("API key of another organization", fmt.Sprintf(
		"The organization is %[1]s, but the provider's key is %[2]s, which works for that organization only. "+
			"Correct org_id (%[3]s), or use a key of %[1]s or a personal key (%[4]s).",
		orgID, keyWords(neon.Caller{Key: key}), orgSetting, keySetting))
}

// noOrganization says that there is no default for org_id.
func noOrganization(email string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("No organization: "+email, fmt.Sprintf(
		"org_id is not set, and %s belongs to no organization. Use another key (%s), or set org_id (%s).", email, keySetting, orgSetting))
}

// orgIDRequired says that org_id has no default, because there are several.
func orgIDRequired(email string, organizations []neon.OrganizationInfo) diag.Diagnostic {
	choices := make([]string, len(organizations))
	for i, organization := range organizations {
		choices[i] = fmt.Sprintf("    org_id = %q  # %s", organization.ID, organization.Name)
	}
	return diag.NewErrorDiagnostic(fmt.Sprintf("org_id required: %s belongs to %d organizations", email, len(organizations)), fmt.Sprintf(
		"Set org_id in the provider block, or the environment variable %s, to one of them:\n\n%s\n", envOrgID, strings.Join(choices, "\n")))
}

// sameProblem is short for a problem that another object has reported in full.
func sameProblem(problem diag.Diagnostic) diag.Diagnostic {
	return diag.NewErrorDiagnostic(problem.Summary(), "Same provider error; see its first occurrence in this run.")
}

// Failed reads of the data sources about organizations.

func cannotListOwnOrganizations(email string, err error) diag.Diagnostic {
	return failure("Cannot list the organizations of "+email, err)
}

func cannotListOrganizations(err error) diag.Diagnostic {
	return failure("Cannot list the organizations", err)
}

func cannotReadOrganization(orgID string, err error) diag.Diagnostic {
	return failure("Cannot read the organization "+orgID, err)
}

func cannotListProjects(orgID string, err error) diag.Diagnostic {
	return failure("Cannot list the projects of "+orgID, err)
}
