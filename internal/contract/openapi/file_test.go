//go:build contract

package openapi_test

import (
	_ "embed"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

const (
	filePath = "../../../.cache/contract/node_modules/@neondatabase/api-client/public-v2-for-users.gen.yaml"
	host     = "http://simulator" // stands before what was recorded
)

// additions are operations that Neon's SDK has and the file has not yet.
//
//go:embed additions.yaml
var additions []byte

// contract is Neon's file in two readings: as it stands, and closed, where every object may have no properties but
// those that are named. The first one says what Neon accepts, the second one what it answers.
type contract struct {
	stands, closed *reading
	// added are the operations of the additions, as in problem.
	added []string
}

type reading struct {
	doc    *openapi3.T
	router routers.Router
}

// neonsContract reads the file once.
var neonsContract = sync.OnceValues(func() (*contract, error) {
	var c contract
	for _, r := range []struct {
		into  **reading
		close bool
	}{{&c.stands, false}, {&c.closed, true}} {
		doc, err := openapi3.NewLoader().LoadFromFile(filePath)
		if err != nil {
			return nil, err
		}
		more, err := openapi3.NewLoader().LoadFromData(additions)
		if err != nil {
			return nil, err
		}
		for path, item := range more.Paths.Map() {
			if doc.Paths.Value(path) == nil { // TestExceptionsAreNeeded says if not
				doc.Paths.Set(path, item)
			}
			if !r.close {
				for method := range item.Operations() {
					c.added = append(c.added, method+" "+path)
				}
			}
		}
		if r.close {
			closeBodies(doc)
		}
		doc.Servers = openapi3.Servers{{URL: host + "/api/v2"}}
		// Go's regular expressions do not know the repeat counts of some patterns in other parts of Neon's API.
		router, err := legacy.NewRouter(doc, openapi3.DisableSchemaPatternValidation(), openapi3.DisableExamplesValidation())
		if err != nil {
			return nil, err
		}
		*r.into = &reading{doc, router}
	}
	return &c, nil
})

func readContract(t *testing.T) *contract {
	t.Helper()
	c, err := neonsContract()
	if err != nil {
		t.Fatal(err, "(\"make contract\" fetches the file)")
	}
	return c
}

// closeBodies closes the schemas of all bodies.
func closeBodies(doc *openapi3.T) {
	c := closer{}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.RequestBody != nil {
				c.closeContent(operation.RequestBody.Value.Content)
			}
			for _, response := range operation.Responses.Map() {
				c.closeContent(response.Value.Content)
			}
		}
	}
}

// closer remembers what it has closed, for the file's schemas refer to each other and to themselves.
type closer map[*openapi3.Schema]*openapi3.Schema

func (c closer) closeContent(content openapi3.Content) {
	for _, media := range content {
		if media.Schema != nil {
			media.Schema = c.closed(media.Schema)
		}
	}
}

// closed is a schema without additional properties. What it is composed of with allOf becomes one object: each part
// alone would forbid the others' properties.
func (c closer) closed(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	if ref == nil || ref.Value == nil {
		return ref
	}
	if done := c[ref.Value]; done != nil {
		return &openapi3.SchemaRef{Value: done}
	}
	s := *ref.Value
	c[ref.Value] = &s
	s.Properties, s.Required = maps.Clone(s.Properties), slices.Clone(s.Required)
	for _, part := range s.AllOf {
		merge(&s, part.Value)
	}
	s.AllOf = nil
	for name, property := range s.Properties {
		s.Properties[name] = c.closed(property)
	}
	s.Items = c.closed(s.Items)
	s.AdditionalProperties.Schema = c.closed(s.AdditionalProperties.Schema)
	for _, alternatives := range []*openapi3.SchemaRefs{&s.OneOf, &s.AnyOf} {
		for i, alternative := range *alternatives {
			(*alternatives)[i] = c.closed(alternative)
		}
	}
	if s.Type.Is("object") && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
		s.AdditionalProperties.Has = new(bool)
	}
	return &openapi3.SchemaRef{Value: &s}
}

// merge adds what a part of an allOf demands.
func merge(s, part *openapi3.Schema) {
	for _, deeper := range part.AllOf {
		merge(s, deeper.Value)
	}
	if s.Type == nil {
		s.Type = part.Type
	}
	if len(part.Properties) > 0 && s.Properties == nil {
		s.Properties = openapi3.Schemas{}
	}
	maps.Copy(s.Properties, part.Properties)
	s.Required = append(s.Required, part.Required...)
	if s.Enum == nil {
		s.Enum = part.Enum
	}
}
