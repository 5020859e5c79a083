package board

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// row is one line of what happens, newest first on the page.
type row struct {
	Ref, Kind string // kind: "call", "hook", "mark", "alarm"
	At        string // since the run began: "1:07.3"
	What      string // "POST /v1/payouts"
	Answer    string // "201", "no answer"
	Tone      string // of the answer: "good", "bad", "ours", ""
	Note      string
	Operation string
	Search    string // lower case, all of the above
}

// tell makes a row of an event; ok is false for what is not worth one. The lock
// is held.
func (b *Board) tell(e recording.Event) (r row, ok bool) {
	switch {
	case e.Exchange != nil:
		r = b.call(e.Exchange)
	case e.Delivery != nil:
		r = b.hook(e.Delivery)
	case e.Handshake != nil && (e.Handshake.Error != "" || e.Handshake.Trap != ""):
		r = row{Ref: e.Handshake.ID, Kind: "alarm", At: b.since(e.Handshake.At), What: "TLS handshake", Note: shaken(e.Handshake)}
	case e.Waiver != nil:
		r = b.loaded(e.Waiver)
	case e.Mark != nil:
		r = b.moment(e.Mark)
	case e.Finding != nil:
		r = row{Ref: e.Finding.Place, Kind: "alarm", At: b.since(e.Finding.At), What: "found at " + e.Finding.Place,
			Note: strings.ReplaceAll(e.Finding.Kind, "-", " ")}
	}
	r.Search = strings.ToLower(strings.Join([]string{r.Ref, r.What, r.Answer, r.Note, r.Operation}, " "))
	return r, r.What != ""
}

func (b *Board) since(t time.Time) string {
	d := max(0, t.Sub(b.rec.Open.At))
	return fmt.Sprintf("%d:%04.1f", int(d.Minutes()), (d % time.Minute).Seconds())
}

func (b *Board) call(x *recording.Exchange) row {
	r := row{Ref: x.ID, Kind: "call", At: b.since(x.Start), What: x.Request.Method + " " + x.Request.Path, Operation: x.Operation,
		Answer: "no answer", Tone: "bad"}
	if s := x.Status(); s > 0 {
		r.Answer = strconv.Itoa(s)
		r.Tone = map[bool]string{true: "good", false: "bad"}[s < 400]
	}
	if x.Fault != nil {
		r.Tone, r.Note = "ours", x.Fault.Note
	} else if x.Error != "" {
		r.Note = x.Error
	}
	return r
}

// genuine are the variants that an app must accept.
var genuine = map[recording.Variant]bool{
	recording.Genuine: true, recording.RawBody: true, recording.HeaderCase: true, recording.Window: true,
	recording.Several: true, recording.UnknownEvent: true,
}

// hook is a delivery: good when it was answered as it ought to be.
func (b *Board) hook(d *recording.Delivery) row {
	r := row{Ref: d.ID, Kind: "hook", At: b.since(d.Start), What: "webhook " + d.EventType, Operation: d.Operation, Answer: "no answer", Tone: "bad"}
	s := d.Status()
	if s > 0 {
		r.Answer = strconv.Itoa(s)
	}
	if accepted := s/100 == 2; accepted == genuine[d.Variant] && s > 0 {
		r.Tone = "good"
	}
	if d.Variant != recording.Genuine {
		r.Note = string(d.Variant) + map[bool]string{true: ", want 2xx", false: ", want 4xx"}[genuine[d.Variant]]
	}
	return r
}

func shaken(h *recording.Handshake) string {
	shown := "our certificate"
	if h.Trap != "" {
		shown = "trap: " + string(h.Trap) + " certificate"
	}
	if h.Error != "" {
		return shown + ", refused by the app"
	}
	return shown + ", accepted by the app"
}

// moment is a mark; those that the rest of the page shows give no row.
func (b *Board) moment(m *recording.Mark) row {
	r := row{Ref: m.ID, Kind: "mark", At: b.since(m.At), Operation: m.Operation}
	f := m.Facts
	switch m.Kind {
	case recording.MarkBegin:
		r.What = "exercise " + string(m.Exercise)
	case recording.MarkSkipped:
		r.What, r.Note = "left out "+string(m.Exercise), f["reason"]
	case recording.MarkOperation:
		r.What, r.Note = "pay "+f["amount"]+" "+f["currency"], string(m.Exercise)
	case recording.MarkKilled, recording.MarkExited, recording.MarkReady:
		r.What = strings.ReplaceAll(string(m.Kind), "-", " ")
	case recording.MarkCause:
		r.Kind, r.What, r.Note = "alarm", f["text"], f["do"]
	case recording.MarkNote:
		r.What, r.Note = "note", f["text"]
	case recording.MarkAlert:
		r.What = "the app raised an alert"
	case recording.MarkArmed:
		r.What, r.Note = "fault armed", f["fault"]+" ×"+f["times"]
		if f["fault"] == "" {
			r.What, r.Note = "fault taken back", ""
		}
	case recording.MarkSigned:
		r.What, r.Note = f["item"]+" signed off by "+f["by"], f["remark"]
		if f["withdrawn"] != "" {
			r.What = f["item"] + ": sign-off withdrawn by " + f["by"]
		}
	}
	return r
}

// payout is one that the app created on its own or by hand, so that a person may
// walk it.
type payout struct{ Reference, Amount, Currency string }

// walkable is how many payouts are offered to walk, the latest first.
const walkable = 20

// note keeps the payouts that a person may walk. The lock is held.
func (b *Board) note(x *recording.Exchange) {
	if x.Exercise != "" && x.Exercise != recording.ByHand || x.Request.Method != "POST" || x.Status()/100 != 2 || x.Fault != nil {
		return
	}
	var sent struct{ Reference, Description string }
	var got struct {
		Data struct{ ID, Reference, Amount, Currency string }
	}
	if x.Request.Path != "/v1/payouts" || json.Unmarshal(x.Request.Body.Bytes(), &sent) != nil || x.Response == nil {
		return
	}
	_ = json.Unmarshal(x.Response.Body.Bytes(), &got) // an answer of another form leaves the amount out
	p := payout{Reference: x.Operation, Amount: got.Data.Amount, Currency: got.Data.Currency}
	for _, name := range []string{sent.Reference, sent.Description} {
		if p.Reference == "" {
			p.Reference = name
		}
	}
	for _, o := range b.payouts {
		if o.Reference == p.Reference {
			return
		}
	}
	if p.Reference != "" {
		b.payouts = append([]payout{p}, b.payouts[:min(len(b.payouts), walkable-1)]...)
	}
}
