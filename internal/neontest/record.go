package neontest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"sync"
)

// RecordVariable is an environment variable with a folder. If it is set, every simulator of the process writes the
// exchanges of Neon's API to a file there, one Exchange in JSON on each line, for a validator. It does not record
// control calls.
const RecordVariable = "NEONTEST_RECORD"

// UnrecordedVariable is an environment variable with a regular expression for the names of tests that are not
// recorded, because they repeat the same requests, or send requests that are refused on purpose.
const UnrecordedVariable = "UNRECORDED"

// recorded reports whether a test's exchanges are useful for a validator.
func recorded(test string) bool {
	pattern := os.Getenv(UnrecordedVariable)
	return pattern == "" || !regexp.MustCompile(pattern).MatchString(test)
}

// Exchange is one request and its response on the wire. Unlike the log, it contains the keys, which have no
// use anywhere else.
type Exchange struct {
	Method        string      `json:"method"`
	URL           string      `json:"url"` // path and query
	RequestHeader http.Header `json:"request_header"`
	RequestBody   string      `json:"request_body,omitempty"`
	Status        int         `json:"status"` // 0 if there was no answer
	Header        http.Header `json:"header,omitempty"`
	Body          string      `json:"body,omitempty"`
	// Fault is the fault that a test injected. With a fault, the response is not Neon's and is omitted.
	Fault string `json:"fault,omitempty"`
}

// recorder writes exchanges to a file of its process.
type recorder struct {
	mu   sync.Mutex
	file *os.File
}

// environmentRecorder is the recorder that the environment asks for, or nil.
var environmentRecorder = sync.OnceValue(func() *recorder {
	folder := os.Getenv(RecordVariable)
	if folder == "" {
		return nil
	}
	file, err := os.CreateTemp(folder, "*.jsonl")
	if err != nil {
		panic("neontest: " + RecordVariable + ": " + err.Error()) // a recording that silently lacks exchanges proves nothing
	}
	return &recorder{file: file}
})

func (r *recorder) add(e Exchange) {
	line, err := json.Marshal(e)
	if err != nil {
		panic(err) // the type is our own
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.file.Write(append(line, '\n')); err != nil {
		panic("neontest: " + RecordVariable + ": " + err.Error())
	}
}

// copied is a ResponseWriter that keeps a copy of what is written through it.
type copied struct {
	http.ResponseWriter
	status int
	header http.Header
	body   bytes.Buffer
}

func (c *copied) WriteHeader(status int) {
	c.status, c.header = status, c.Header().Clone()
	c.ResponseWriter.WriteHeader(status)
}

func (c *copied) Write(data []byte) (int, error) {
	c.body.Write(data)
	return c.ResponseWriter.Write(data)
}

// Unwrap lets faults break the connection.
func (c *copied) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// exchange is what the recorder keeps.
func (c *copied) exchange(x *exchange) Exchange {
	e := Exchange{
		Method: x.request.Method, URL: x.request.URL.RequestURI(), RequestHeader: x.request.Header, RequestBody: string(x.body),
		Status: c.status, Header: c.header, Body: c.body.String(),
	}
	switch {
	case x.fault != nil && x.fault.Kind != FaultDelay:
		e.Fault, e.Header, e.Body = x.fault.String(), nil, ""
	case c.status > http.StatusOK && c.status < http.StatusMultipleChoices:
		e.Fault, e.Header, e.Body = "post_status", nil, "" // Neon's file knows 200 only
	}
	return e
}
