package board

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

// detail shows one ref: an item of the checklist, or a piece of evidence.
func (b *Board) detail(w http.ResponseWriter, q *http.Request, r role) {
	html, ok := b.describe(q.PathValue("ref"), r)
	if !ok {
		http.Error(w, "nothing is known of "+q.PathValue("ref"), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(html))
}

func (b *Board) describe(ref string, r role) (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range checks.Checklist {
		if string(l.Item) == ref {
			return string(render("item-detail", b.itemDetail(l, r))), true
		}
	}
	for _, x := range b.rec.Exchanges {
		if x.ID == ref {
			return string(render("exchange", b.exchange(x))), true
		}
	}
	for _, d := range b.rec.Deliveries {
		if d.ID == ref {
			return string(render("exchange", b.delivery(d))), true
		}
	}
	if d, ok := b.describeWaiver(ref); ok {
		return string(render("mark", d)), true
	}
	return b.describeMoment(ref)
}

// describeMoment shows a mark, a handshake or something found in the app's
// output.
func (b *Board) describeMoment(ref string) (string, bool) {
	show := func(d markDetail) (string, bool) { return string(render("mark", d)), true }
	for _, m := range b.rec.Marks {
		if m.ID == ref {
			return show(markDetail{ref, b.since(m.At), strings.ReplaceAll(string(m.Kind), "-", " "),
				append([]fact{{"exercise", string(m.Exercise)}, {"operation", m.Operation}}, facts(m.Facts)...)})
		}
	}
	for _, h := range b.rec.Handshakes {
		if h.ID == ref {
			return show(markDetail{ref, b.since(h.At), "TLS handshake", []fact{
				{"host", h.Host}, {"certificate shown", string(h.Trap)}, {"version", h.Version}, {"lowest offered", h.Lowest}, {"the app hung up", h.Error}}})
		}
	}
	for _, f := range b.rec.Findings {
		if f.Place == ref {
			return show(markDetail{ref, b.since(f.At), "found in the app's output or source", []fact{
				{"kind", f.Kind}, {"encoding", f.Encoding}, {"note", f.Note}}})
		}
	}
	return "", false
}

// itemDetail is an item with its checks, and a form to sign it off.
type itemDetail struct {
	Line     checks.Line
	Verdicts []reports.Verdict
	Signed   *reports.SignOff
	Holding  []reports.Waiver // of the item
	Refused  []reports.Waiver // the same that do nothing
	Presents bool             // and the run goes on
}

func (b *Board) itemDetail(l checks.Line, r role) itemDetail {
	d := itemDetail{Line: l, Signed: signedOff(reports.SignOffs(b.rec.Marks), l.Item), Presents: r.presents && b.hands != nil}
	d.Holding, d.Refused = b.waiversOf(l.Item)
	if b.report != nil {
		for _, v := range b.report.Verdicts {
			if slices.Contains(v.Items, l.Item) {
				d.Verdicts = append(d.Verdicts, v)
			}
		}
	}
	slices.SortStableFunc(d.Verdicts, func(x, y reports.Verdict) int { return int(y.Outcome - x.Outcome) }) // the worst first
	return d
}

// exchangeDetail is a request and its answer, as recorded.
type exchangeDetail struct {
	Ref, At, Title, Took, Operation, Exercise, Fault, Error string
	Request                                                 recording.Request
	Sent                                                    []fact
	SentBody                                                string
	Status                                                  int
	Got                                                     []fact
	GotBody                                                 string
	Anton                                                   *recording.Response // what Anton answered, where the app saw something else
	AntonBody                                               string
	Findings                                                []reports.Finding
}

type fact struct{ Name, Value string }

type markDetail struct {
	Ref, At, Title string
	Facts          []fact // empty ones are not shown
}

func (b *Board) exchange(x *recording.Exchange) exchangeDetail {
	d := b.both(&x.Request, x.Response)
	d.Ref, d.At, d.Title, d.Took = x.ID, b.since(x.Start), x.Request.Method+" "+x.Request.Path, took(x.End.Sub(x.Start))
	d.Operation, d.Exercise, d.Error = x.Operation, string(x.Exercise), x.Error
	if x.Fault != nil {
		d.Fault = x.Fault.Note
	}
	if x.Upstream != nil {
		d.Anton, d.AntonBody = x.Upstream, body(x.Upstream.Body)
	}
	return b.found(d)
}

func (b *Board) delivery(x *recording.Delivery) exchangeDetail {
	d := b.both(&x.Request, x.Response)
	d.Ref, d.At, d.Title, d.Took = x.ID, b.since(x.Start), "webhook "+x.EventType+", "+string(x.Variant), took(x.End.Sub(x.Start))
	d.Operation, d.Exercise, d.Error = x.Operation, string(x.Exercise), x.Error
	return b.found(d)
}

// found adds what the checks say about it.
func (b *Board) found(d exchangeDetail) exchangeDetail {
	if b.report == nil {
		return d
	}
	for _, v := range b.report.Verdicts {
		for _, f := range v.Findings {
			if f.Ref == d.Ref {
				d.Findings = append(d.Findings, reports.Finding{Ref: v.Check, Text: f.Text, Advice: f.Advice})
			}
		}
	}
	return d
}

func (b *Board) both(q *recording.Request, a *recording.Response) exchangeDetail {
	d := exchangeDetail{Request: *q, Sent: headers(q.Header), SentBody: body(q.Body)}
	if a != nil {
		d.Status, d.Got, d.GotBody = a.Status, headers(a.Header), body(a.Body)
	}
	return d
}

func took(t time.Duration) string {
	if t < time.Second {
		return fmt.Sprintf("%d ms", t.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", t.Seconds())
}

func headers(h map[string][]string) (list []fact) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		list = append(list, fact{name, strings.Join(h[name], ", ")})
	}
	return list
}

func facts(f map[string]string) (list []fact) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		list = append(list, fact{name, f[name]})
	}
	return list
}

// shownBody is how much of a body the page shows.
const shownBody = 64 << 10

// body is what was sent, JSON set out in lines.
func body(b recording.Body) string {
	if b.Base64 != nil {
		return fmt.Sprintf("%d bytes that are no text", b.Size)
	}
	text := b.Text
	if len(text) > shownBody {
		return text[:shownBody] + "\n…"
	}
	var out bytes.Buffer
	if json.Indent(&out, []byte(text), "", "  ") == nil {
		return out.String()
	}
	return text
}

// holds reports whether a text (in lower case) stands in what was sent or
// answered, as recorded.
func holds(q *recording.Request, a *recording.Response, text string) bool {
	in := func(h map[string][]string, b recording.Body) bool {
		if strings.Contains(strings.ToLower(b.Text), text) {
			return true
		}
		for name, values := range h {
			if strings.Contains(strings.ToLower(name+": "+strings.Join(values, ", ")), text) {
				return true
			}
		}
		return false
	}
	return in(q.Header, q.Body) || strings.Contains(strings.ToLower(q.Query), text) || a != nil && in(a.Header, a.Body)
}
