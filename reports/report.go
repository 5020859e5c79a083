// Package reports turns a recording into what a person or a machine reads: the
// checklist with its outcomes, the findings with the exchanges that show them,
// and the decision. A renderer looks at a Report and at nothing else. The same
// recording gives the same bytes: no clock, host name or map order gets in.
package reports

import (
	"slices"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// Schema is the version of the report's form. A member may be added within a
// version; one is never renamed, removed or given another meaning.
const Schema = 1

// Report is all that a renderer may look at.
type Report struct {
	Schema    int           `json:"schema"`
	Tool      string        `json:"tool"`    // golive's version when it recorded
	Profile   string        `json:"profile"` // revision of Anton's documents: "2026-02"
	Run       string        `json:"run"`     // id of the run
	At        time.Time     `json:"at"`      // when the run began, UTC
	Subject   Subject       `json:"subject"`
	Upstream  string        `json:"upstream"`           // "embedded", or Anton's host
	Route     string        `json:"route"`              // how the app met the proxy: "proxy" or "base_url"
	Recording Source        `json:"recording"`          // what was judged
	Narrowed  *Narrowed     `json:"narrowed,omitempty"` // nil: the whole plan, all checks
	Items     []Item        `json:"items"`              // every line of the checklist, in its order
	Verdicts  []Verdict     `json:"verdicts"`           // every check judged, in the checklist's order
	Causes    []Cause       `json:"causes"`             // what keeps many checks from being judged
	Notes     []string      `json:"notes"`              // worth knowing, not judged
	Evidence  []Evidence    `json:"evidence"`           // every ref of a finding, in the order first named
	Traffic   []Crossing    `json:"traffic"`            // every exchange and delivery, in order of its beginning
	Facts     checks.Facts  `json:"facts"`              // what the pictures show
	Stated    []Attestation `json:"attestations"`
	Signed    []SignOff     `json:"sign_offs,omitempty"` // in the checklist's order
	Waivers   []Waiver      `json:"waivers,omitempty"`   // held and refused, in the checklist's order
	// Production is set when production was looked at: a cutover's report.
	Production *Production          `json:"production,omitempty"`
	Path       []Step               `json:"path,omitempty"` // to production, in its order; a narrowed report has none
	Decision   Decision             `json:"decision"`
	Judged     []*checks.Verdict    `json:"-"` // the verdicts as the checks gave them, for narration
	recording  *recording.Recording // what was judged, for HAR alone; nil in a report read back
}

// Subject is the app that the report is about. Every member may be empty.
type Subject struct {
	Merchant string `json:"merchant"`
	ID       string `json:"id"`
	App      string `json:"app"` // the app's version
}

// Source is the recording that was judged.
type Source struct {
	Digest     string `json:"sha256"` // of the whole file, hex
	Ended      string `json:"ended"`  // "finished", "interrupted", "cut": no closing line, or "imported": a HAR file
	Exchanges  int    `json:"exchanges"`
	Deliveries int    `json:"deliveries"`
}

// Narrowed names what a run or a judgement was narrowed to. Such a report prints
// its verdicts and certifies nothing.
type Narrowed struct {
	Exercises []recording.Exercise `json:"exercises,omitempty"`
	Checks    []string             `json:"checks,omitempty"`
}

// Item is one line of the checklist.
type Item struct {
	ID      checks.Item    `json:"id"`
	Section checks.Section `json:"section"`
	Text    string         `json:"text"`
	Outcome checks.Outcome `json:"outcome"` // the worst of its checks; inconclusive while a check is to come
	Asked   bool           `json:"asked"`   // counts for the decision
	Checks  []string       `json:"checks"`  // ids, in the checklist's order
	ToCome  bool           `json:"to_come"` // at least one of its checks is not built yet, or it has none
	Basis   []Basis        `json:"basis"`   // of all its checks' verdicts; empty: nothing was seen
}

// Line is the item as the checklist prints it.
func (i Item) Line() checks.Line { return checks.Line{Item: i.ID, Section: i.Section, Text: i.Text} }

// Verdict is what became of one check.
type Verdict struct {
	Check    string               `json:"check"`
	Title    string               `json:"title"`
	Level    string               `json:"level"` // MUST, SHOULD, ADVICE
	Items    []checks.Item        `json:"items"`
	Outcome  checks.Outcome       `json:"outcome"`
	Reason   string               `json:"reason,omitempty"` // why it does not apply
	Seen     []string             `json:"seen"`             // refs of the evidence that bears on it
	Missing  []string             `json:"missing"`          // situations not seen, and what to do
	Findings []Finding            `json:"findings"`
	Why      string               `json:"why"`       // why a departure costs money
	LookedAt string               `json:"looked_at"` // which evidence decides
	Mend     string               `json:"mend"`      // how to put it right
	Needs    []recording.Exercise `json:"needs"`     // the exercises that show it
	Repeat   string               `json:"repeat"`    // the command that repeats just that
	ToCome   bool                 `json:"to_come,omitempty"`
	Basis    []Basis              `json:"basis"` // what it rests on; empty: nothing was seen
}

// Basis is what a verdict rests on.
type Basis string

// Bases, the firmest first.
const (
	Observed Basis = "observed" // exchanges, deliveries or handshakes that the proxy saw
	Inferred Basis = "inferred" // statistics, what the app's own actions answer, a search of its logs or source
	Attested Basis = "attested" // the word of a named person
)

// Finding is one departure.
type Finding struct {
	Ref    string `json:"ref"`
	Text   string `json:"text"`
	Advice bool   `json:"advice"` // leaves the outcome alone
}

// Cause is one trouble that blocks many checks; it is told once.
type Cause struct {
	Name   string   `json:"cause"`
	Text   string   `json:"text"`
	Do     string   `json:"do"`
	Blocks []string `json:"blocks"` // ids of the checks that are inconclusive because of it
}

// Evidence describes what a ref stands for, in one line, secrets replaced.
type Evidence struct {
	Ref  string `json:"ref"`
	Text string `json:"text"`
}

// Attestation is what a named person stated.
type Attestation struct {
	Ref       string `json:"ref"`
	Statement string `json:"statement"`
	By        string `json:"by"`
	Date      string `json:"date"`
	Evidence  string `json:"evidence,omitempty"`
	Refused   string `json:"refused,omitempty"` // why it does not count; empty: it does
}

// Decision is the certificate, and why.
type Decision struct {
	Certificate string           `json:"certificate"` // "certified", "not certified", "incomplete"
	Sections    []checks.Section `json:"sections"`    // what was asked for
	Because     string           `json:"because"`     // one line
	Exit        int              `json:"exit"`        // the command's exit code
	// Waived are the items asked for that do not pass and count all the same, by a
	// waiver that holds.
	Waived []checks.Item `json:"waived,omitempty"`
}

// description is the text of a ref, "" when none is known.
func (r *Report) description(ref string) string {
	for _, e := range r.Evidence {
		if e.Ref == ref {
			return e.Text
		}
	}
	return ""
}

// verdict finds a check's verdict; nil when it was not judged.
func (r *Report) verdict(check string) *Verdict {
	for i := range r.Verdicts {
		if r.Verdicts[i].Check == check {
			return &r.Verdicts[i]
		}
	}
	return nil
}

// JudgedFor are the verdicts of an item's checks as the checks gave them.
func (r *Report) JudgedFor(item checks.Item) []*checks.Verdict {
	var found []*checks.Verdict
	for _, v := range r.Judged {
		if slices.Contains(v.Check.Items, item) {
			found = append(found, v)
		}
	}
	return found
}
