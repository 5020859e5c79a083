package reports

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// Crossing is an exchange or a delivery, secrets replaced.
type Crossing struct {
	Ref       string             `json:"ref"`
	At        int64              `json:"at"`     // milliseconds since the run began
	Took      int64              `json:"took"`   // milliseconds
	Call      string             `json:"call"`   // "POST /v1/payouts", "payout.completed, stale"
	Answer    string             `json:"answer"` // "503 (ours)"
	Status    int                `json:"status"` // what the app saw, or answered; 0: none
	Operation string             `json:"operation,omitempty"`
	Exercise  recording.Exercise `json:"exercise,omitempty"`
	Kept      *Kept              `json:"kept,omitempty"` // nil: no verdict leans on it, so only this line is kept
}

// Kept is what was said in a crossing.
type Kept struct {
	Request Message  `json:"request"`
	Answer  *Message `json:"answer,omitempty"` // what the app saw, or answered; nil: none
	Anton   *Message `json:"anton,omitempty"`  // what Anton answered where the app saw something else
	Error   string   `json:"error,omitempty"`  // why there was no whole answer
}

// Message is a request or an answer.
type Message struct {
	Line   string  `json:"line"`   // "POST /v1/payouts HTTP/1.1", "201 Created"
	Header []Field `json:"header"` // in order of names
	Body   string  `json:"body,omitempty"`
	Size   int64   `json:"size,omitempty"` // bytes of the whole body
	Cut    bool    `json:"cut,omitempty"`  // the body is here only in part
}

// Field is one header line.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// What is kept of bodies, and of how many crossings beside those that findings
// and pictures name.
const (
	mostBody = 4 << 10
	mostSeen = 3 // of those that a check saw
)

// traffic tells every crossing in a line, and all of those that verdicts lean on.
func traffic(rec *recording.Recording, r *Report) []Crossing {
	told, leaned := make([]Crossing, 0, len(rec.Exchanges)+len(rec.Deliveries)), leaned(r)
	for _, x := range rec.Exchanges {
		c := Crossing{
			Ref: x.ID, At: since(rec, x.Start), Took: x.End.Sub(x.Start).Milliseconds(), Call: x.Request.Method + " " + shortPath(x.Request),
			Answer: answer(x), Status: x.Status(), Operation: x.Operation, Exercise: x.Exercise,
		}
		if leaned[x.ID] {
			c.Kept = &Kept{Request: request(x.Request), Answer: reply(x.Response), Anton: reply(x.Upstream), Error: x.Error}
		}
		told = append(told, c)
	}
	for _, d := range rec.Deliveries {
		c := Crossing{
			Ref: d.ID, At: since(rec, d.Start), Took: d.End.Sub(d.Start).Milliseconds(), Call: d.EventType + ", " + string(d.Variant),
			Answer: "no answer", Status: d.Status(), Operation: d.Operation, Exercise: d.Exercise,
		}
		if d.Response != nil {
			c.Answer = statusLine(d.Response.Status)
		}
		if leaned[d.ID] {
			c.Kept = &Kept{Request: request(d.Request), Answer: reply(d.Response), Error: d.Error}
		}
		told = append(told, c)
	}
	slices.SortStableFunc(told, func(a, b Crossing) int { return int(a.At - b.At) })
	return told
}

func since(rec *recording.Recording, at time.Time) int64 { return at.Sub(rec.Open.At).Milliseconds() }

// mentioned finds the evidence that a text speaks of.
var mentioned = regexp.MustCompile(`\b[xd][0-9]+\b`)

// leaned are the refs that verdicts and pictures lean on: those of the first
// findings of each text and what these speak of, some of those seen, and what
// the pictures show.
func leaned(r *Report) map[string]bool {
	refs := map[string]bool{}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		for _, g := range append(v.grouped(false), v.grouped(true)...) {
			for _, ref := range append(g.Refs[:min(shown, len(g.Refs))], mentioned.FindAllString(g.Text, shown)...) {
				refs[ref] = true
			}
		}
		for _, ref := range v.Seen[:min(mostSeen, len(v.Seen))] {
			refs[ref] = true
		}
	}
	for _, ref := range pictured(r.Facts) {
		refs[ref] = true
	}
	return refs
}

// pictured are the refs that the pictures name.
func pictured(f checks.Facts) []string {
	var refs []string
	for _, t := range f.Timelines {
		for _, l := range t.Lanes {
			for _, a := range l.Attempts {
				refs = append(refs, a.Ref)
			}
		}
	}
	for _, w := range f.Walks {
		for _, p := range w.Pages {
			refs = append(refs, p.Ref)
		}
	}
	for _, w := range f.Words {
		for _, e := range w.Events {
			refs = append(refs, e.Ref)
		}
	}
	for _, v := range f.Volleys {
		for _, s := range v.Shots {
			refs = append(refs, s.Ref)
		}
	}
	return refs
}

func request(q recording.Request) Message {
	target := q.Path
	if q.Query != "" {
		target += "?" + q.Query
	}
	return message(q.Method+" "+target+" "+q.Proto, q.Header, q.Body)
}

func reply(a *recording.Response) *Message {
	if a == nil {
		return nil
	}
	m := message(statusLine(a.Status), a.Header, a.Body)
	return &m
}

// statusLine is a status with its name: "503 Service Unavailable".
func statusLine(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

func message(line string, header map[string][]string, b recording.Body) Message {
	m := Message{Line: line, Header: []Field{}, Size: b.Size, Cut: b.Cut}
	for name, values := range header {
		for _, v := range values {
			m.Header = append(m.Header, Field{name, v})
		}
	}
	slices.SortStableFunc(m.Header, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	if b.Base64 != nil {
		m.Cut = true // no text: only its size is told
		return m
	}
	m.Body = b.Text
	if len(m.Body) > mostBody {
		m.Body, m.Cut = strings.ToValidUTF8(m.Body[:mostBody], ""), true
	}
	return m
}
