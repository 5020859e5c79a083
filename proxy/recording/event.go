// Package recording is what a run leaves behind: events as JSON Lines, chained
// by hash, with secrets and personal data replaced on the way in. The live wing
// appends, the judging wing reads; nothing else passes between them. A leaf:
// the standard library only.
package recording

import "time"

// Version is the recording's format. Reading refuses any other.
const Version = 1

// Event is one line. Exactly one of the pointers is set.
type Event struct {
	N           int          `json:"n"`              // line number, from 1
	Prev        string       `json:"prev,omitempty"` // SHA-256 of the line before, hex; empty on the first
	Open        *Open        `json:"open,omitempty"`
	Exchange    *Exchange    `json:"exchange,omitempty"`
	Delivery    *Delivery    `json:"delivery,omitempty"`
	Handshake   *Handshake   `json:"handshake,omitempty"`
	Mark        *Mark        `json:"mark,omitempty"`
	Finding     *Finding     `json:"finding,omitempty"`
	Attestation *Attestation `json:"attestation,omitempty"`
	Certificate *Certificate `json:"certificate,omitempty"`
	Waiver      *Waiver      `json:"waiver,omitempty"`
	Close       *Close       `json:"close,omitempty"`
}

// Open is the first line: what was run, and how.
type Open struct {
	Version  int       `json:"version"`
	Tool     string    `json:"tool"`    // golive's version
	Profile  string    `json:"profile"` // "2026-02"
	Run      string    `json:"run"`     // id of the run, and prefix of its references
	At       time.Time `json:"at"`
	Merchant Merchant  `json:"merchant"`
	App      string    `json:"app,omitempty"`     // app.version, where given
	Upstream string    `json:"upstream"`          // "embedded", or the upstream's host
	Route    string    `json:"route"`             // "proxy" or "base_url"
	Handed   string    `json:"handed,omitempty"`  // fingerprint of the key that the app was handed; empty: the harness did not start the app
	Actions  []string  `json:"actions,omitempty"` // names of the actions given: pay, list, status, effects, cancel
	// Registration is "app" (it subscribes by itself) or "portal".
	Registration string        `json:"registration,omitempty"`
	Patience     time.Duration `json:"patience,omitempty"` // how long a retry may take to come; nanoseconds
	Concurrency  int           `json:"concurrency,omitempty"`
	Currencies   []string      `json:"currencies,omitempty"`
	Sections     []string      `json:"sections,omitempty"`   // what was asked for; empty: integration, security
	Exercises    []Exercise    `json:"exercises,omitempty"`  // a narrowed run names its exercises; empty: the whole plan
	Production   *Production   `json:"production,omitempty"` // set: production was looked at, read-only; nobody exercised the app
}

// Merchant is who the run is about.
type Merchant struct {
	Name string `json:"name,omitempty"`
	ID   string `json:"id,omitempty"`
}

// Exchange is one API request of the app and what became of it.
type Exchange struct {
	ID        string    `json:"id"`                  // x1, x2, …: by arrival of the request
	Conn      string    `json:"conn,omitempty"`      // c1, …: the app's connection; joins a Handshake
	Operation string    `json:"operation,omitempty"` // reference of the operation it belongs to; empty: none known
	Exercise  Exercise  `json:"exercise,omitempty"`  // exercise of that operation, or the serial exercise running
	Start     time.Time `json:"start"`               // request head read
	FirstByte time.Time `json:"first_byte,omitzero"` // first byte of the answer sent to the app
	End       time.Time `json:"end"`                 // last byte of the answer about to leave, or the cut
	Request   Request   `json:"request"`
	Response  *Response `json:"response,omitempty"` // what the app saw; nil: it saw no answer
	Error     string    `json:"error,omitempty"`    // why there was no whole answer
	// Fault is set when the harness interfered; such an exchange is never held
	// against the app as if Anton had answered so.
	Fault *Interference `json:"fault,omitempty"`
	// Upstream is what Anton answered where the app saw something else.
	Upstream *Response `json:"upstream,omitempty"`
	// Sends is how often the proxy's transport sent the request upstream; above
	// one the exchange bears no evidence about retries.
	Sends int `json:"sends,omitempty"`
}

// Interference says what the harness did to an exchange.
type Interference struct {
	Kind FaultKind `json:"kind"`
	Nth  int       `json:"nth,omitempty"`  // how often this fault had struck, this time included; from 1
	Note string    `json:"note,omitempty"` // in the app developer's terms
}

// FaultKind names a way to interfere.
type FaultKind string

// The faults. Unless said otherwise the upstream is not contacted.
const (
	FaultStatus     FaultKind = "status"         // an answer of ours
	FaultLostAnswer FaultKind = "lost-answer"    // upstream acted and answered; the connection is reset instead of answering
	FaultReset      FaultKind = "reset"          // connection reset before anything was sent
	FaultHang       FaultKind = "hang"           // no answer until the app gives up, or the cap
	FaultTruncate   FaultKind = "truncated-body" // upstream's answer, cut in its body
	FaultPages      FaultKind = "pages"          // one page of the made-up list
	FaultUntrusted  FaultKind = "untrusted"      // the certificate shown was from an unknown authority; refused with 403
	FaultWrongHost  FaultKind = "wrong-host"     // the certificate shown was for another name; refused with 403
	FaultExpired    FaultKind = "expired"        // the certificate shown had expired; refused with 403
	FaultRefused    FaultKind = "refused"        // the proxy's own guard: key of the other environment, plain http, Host not the CONNECT target
	FaultUpstream   FaultKind = "upstream-down"  // Anton could not be reached; the app got 502 from the proxy
)

// Request is what the app sent. Header names are canonical.
type Request struct {
	Method string              `json:"method"`
	Scheme string              `json:"scheme"` // "https" or "http"
	Host   string              `json:"host"`   // Anton's host, also on the base-URL route
	Path   string              `json:"path"`   // escaped, as sent, without query
	Query  string              `json:"query,omitempty"`
	Proto  string              `json:"proto"`
	Header map[string][]string `json:"header,omitempty"`
	Body   Body                `json:"body,omitzero"`
}

// Response is an answer.
type Response struct {
	Status int                 `json:"status"`
	Header map[string][]string `json:"header,omitempty"`
	Body   Body                `json:"body,omitzero"`
}

// Body is the bytes as sent, secrets and personal data replaced, up to MaxBody.
type Body struct {
	Text   string `json:"text,omitempty"`   // the bytes, where they are UTF-8
	Base64 []byte `json:"base64,omitempty"` // the bytes, where they are not
	Size   int64  `json:"size,omitempty"`   // bytes sent, whole
	Digest string `json:"digest,omitempty"` // keyed hash of all bytes as sent, equal for equal bodies of one run
	Cut    bool   `json:"cut,omitempty"`    // kept only in part or not at all, or not sent whole
	Coding string `json:"coding,omitempty"` // content coding undone for Text (gzip, deflate); Size and Digest are as sent
}

// MaxBody is how many bytes of a body are kept: 1 MiB.
const MaxBody = 1 << 20

// Bytes are the body's kept bytes.
func (b Body) Bytes() []byte {
	if b.Base64 != nil {
		return b.Base64
	}
	return []byte(b.Text)
}

// Content is Bytes as a string; a body that is text is not copied.
func (b Body) Content() string {
	if b.Base64 != nil {
		return string(b.Base64)
	}
	return b.Text
}

// Delivery is one webhook request to the app and its answer.
type Delivery struct {
	ID        string    `json:"id"` // d1, d2, …
	Operation string    `json:"operation,omitempty"`
	Exercise  Exercise  `json:"exercise,omitempty"`
	Variant   Variant   `json:"variant"`
	EventID   string    `json:"event_id"`
	EventType string    `json:"event_type"`
	Claims    string    `json:"claims,omitempty"` // the status that the event claims
	Payout    string    `json:"payout,omitempty"` // the payout it speaks of
	CreatedAt time.Time `json:"created_at,omitzero"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"` // complete answer read, or given up
	Request   Request   `json:"request"`
	Response  *Response `json:"response,omitempty"` // nil: no answer
	Error     string    `json:"error,omitempty"`
}

// Variant is what is right or wrong about a delivery.
type Variant string

// Variants. Genuine and the four that must be accepted are correctly signed.
const (
	Genuine      Variant = "genuine"
	RawBody      Variant = "raw-body"     // genuine over odd white space, escapes, member order; accept
	HeaderCase   Variant = "header-case"  // genuine, header name in lower case; accept
	Window       Variant = "window"       // genuine, signed 240 s ago; accept
	Several      Variant = "several"      // a foreign v1 first, the genuine second; accept
	Missing      Variant = "missing"      // no signature header
	WrongSecret  Variant = "wrong-secret" // signed with another secret
	Tampered     Variant = "tampered"     // body changed after signing
	Stale        Variant = "stale"        // signed 310 s ago, or an hour
	Future       Variant = "future"       // signed 310 s ahead
	Malformed    Variant = "malformed"    // header empty, garbage, no t, no v1, v0 only, truncated, not hex
	UnknownEvent Variant = "unknown-event"
)

// Handshake is one TLS handshake of the app with the proxy.
type Handshake struct {
	ID      string    `json:"id"` // h1, h2, …
	Conn    string    `json:"conn"`
	At      time.Time `json:"at"` // handshake done or failed
	Host    string    `json:"host"`
	Trap    FaultKind `json:"trap,omitempty"`    // which untrustworthy certificate was shown; empty: the run's own
	Version string    `json:"version,omitempty"` // "TLS 1.3"; empty: failed before it was agreed
	Lowest  string    `json:"lowest,omitempty"`  // lowest version the app offered
	Proto   string    `json:"proto,omitempty"`   // ALPN
	Error   string    `json:"error,omitempty"`   // the app hung up, and how
}

// Finding is something found outside the traffic: in the app's output, its log
// files, its source tree. It tells place and kind, never the value.
type Finding struct {
	Place    string    `json:"place"`              // "log:stdout:40", "src:pay/client.js:7"
	Kind     string    `json:"kind"`               // a kind of secret or personal data (Kind…), or of source ("float-money", "key-literal")
	Encoding string    `json:"encoding,omitempty"` // "plain", "base64", …
	Note     string    `json:"note,omitempty"`
	At       time.Time `json:"at"`
}

// Attestation is what a named person states in golive.yaml.
type Attestation struct {
	Check     string `json:"check"`
	Statement string `json:"statement"`
	By        string `json:"by"`
	Date      string `json:"date"`
	Evidence  string `json:"evidence,omitempty"`
}

// Mark is a moment that the harness made or observed.
type Mark struct {
	ID        string            `json:"id"` // m1, m2, …
	At        time.Time         `json:"at"`
	Kind      MarkKind          `json:"kind"`
	Exercise  Exercise          `json:"exercise,omitempty"`
	Operation string            `json:"operation,omitempty"`
	Facts     map[string]string `json:"facts,omitempty"`
}

// Close is the last line.
type Close struct {
	At     time.Time `json:"at"`
	Count  int       `json:"count"`         // lines before this one
	Reason string    `json:"reason"`        // "finished" or "interrupted"
	Sum    string    `json:"sum,omitempty"` // SHA-256, hex, of this line up to here: no line after it tells of a change
}
