package reports

import (
	"slices"
	"strings"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// New builds the report of a judged recording. digest is the SHA-256 of its
// file, hex. The verdicts come in the checklist's order; where one of the
// checklist's checks has none, the report is narrowed and certifies nothing.
func New(rec *recording.Recording, digest string, verdicts []*checks.Verdict) *Report {
	return build(evidenceOf(rec), digest, verdicts, checks.All())
}

// evidenceOf is a recording as evidence; of a profile that is not known, by which
// nobody judges, the recording alone.
func evidenceOf(rec *recording.Recording) *checks.Evidence {
	e, err := checks.EvidenceOf(rec)
	if err != nil {
		return &checks.Evidence{Recording: rec}
	}
	return e
}

func build(e *checks.Evidence, digest string, verdicts []*checks.Verdict, list []*checks.Check) *Report {
	rec := e.Recording
	r := &Report{
		Schema: Schema, Tool: rec.Open.Tool, Profile: rec.Open.Profile, Run: rec.Open.Run, At: rec.Open.At.UTC(),
		Subject:  Subject{Merchant: rec.Open.Merchant.Name, ID: rec.Open.Merchant.ID, App: rec.Open.App},
		Upstream: rec.Open.Upstream, Route: rec.Open.Route,
		Recording: Source{
			Digest: digest, Ended: ended(rec), Exchanges: len(rec.Exchanges), Deliveries: len(rec.Deliveries),
		},
		Narrowed: narrowed(rec, verdicts, list),
		Notes:    []string{}, Causes: []Cause{}, Verdicts: []Verdict{}, Judged: verdicts, recording: rec,
	}
	for _, v := range verdicts {
		r.Verdicts = append(r.Verdicts, r.tell(v))
	}
	for _, l := range checks.Checklist {
		r.Items = append(r.Items, itemOf(r, l, list))
	}
	ask(r, rec.Open.Sections)
	for _, m := range rec.Marks {
		if m.Kind == recording.MarkNote && !slices.Contains(r.Notes, m.Facts["text"]) {
			r.Notes = append(r.Notes, m.Facts["text"])
		}
	}
	r.Causes = causes(rec, r)
	r.Evidence = evidence(rec, r)
	if e.Profile != nil {
		r.Facts = checks.FactsOf(e)
	}
	r.Traffic = traffic(rec, r)
	r.Stated, r.Signed, r.Waivers = stated(rec), SignOffs(rec.Marks), waivers(rec, r)
	r.Production = production(rec)
	r.Path = pathOf(rec, r)
	r.Decision = Decide(r)
	return r
}

func ended(rec *recording.Recording) string {
	if rec.Close == nil {
		return "cut"
	}
	return rec.Close.Reason
}

func narrowed(rec *recording.Recording, verdicts []*checks.Verdict, list []*checks.Check) *Narrowed {
	judged := map[string]bool{}
	for _, v := range verdicts {
		judged[v.Check.ID] = true
	}
	n := &Narrowed{Exercises: rec.Open.Exercises}
	for _, c := range list {
		if judged[c.ID] {
			continue
		}
		for _, v := range verdicts {
			n.Checks = append(n.Checks, v.Check.ID)
		}
		return n
	}
	if len(n.Exercises) == 0 {
		return nil
	}
	return n
}

// tell writes a verdict out, with what its check says about itself.
func (r *Report) tell(v *checks.Verdict) Verdict {
	c := v.Check
	why, looked, mend := parts(c.Doc)
	told := Verdict{
		Check: c.ID, Title: c.Title, Level: c.Level.String(), Items: c.Items,
		Outcome: v.Outcome, Reason: v.Reason,
		Seen: orEmpty(v.Seen), Missing: orEmpty(v.Missing), Findings: make([]Finding, 0, len(v.Findings)),
		Why: why, LookedAt: looked, Mend: mend,
		Needs: orEmpty(c.Needs), Repeat: r.repeat(c),
		ToCome: c.Run == nil,
	}
	for _, d := range v.Findings {
		told.Findings = append(told.Findings, Finding(d))
	}
	told.Basis = basis(v)
	return told
}

// orEmpty is a list that is written as [] when it is nil.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// itemOf takes the worst outcome of the item's checks. An item none of whose
// checks is built, or applies, or was judged has no evidence, so it cannot pass.
func itemOf(r *Report, l checks.Line, list []*checks.Check) Item {
	i := Item{ID: l.Item, Section: l.Section, Text: l.Text, Checks: []string{}}
	var found []Basis
	for _, c := range list {
		if !slices.Contains(c.Items, l.Item) {
			continue
		}
		i.Checks = append(i.Checks, c.ID)
		i.ToCome = i.ToCome || c.Run == nil
		v := r.verdict(c.ID)
		if v == nil {
			i.Outcome = max(i.Outcome, checks.Inconclusive)
			continue
		}
		i.Outcome = max(i.Outcome, v.Outcome)
		found = append(found, v.Basis...)
	}
	i.Basis = firmest(found)
	i.ToCome = i.ToCome || len(i.Checks) == 0
	if i.Outcome == checks.NotApplicable {
		i.Outcome = checks.Inconclusive
	}
	return i
}

// ask marks the items of the sections asked for: integration and security,
// unless the run says otherwise.
func ask(r *Report, sections []string) {
	if len(sections) == 0 {
		sections = []string{string(checks.Integration), string(checks.Security)}
	}
	for i := range r.Items {
		r.Items[i].Asked = slices.Contains(sections, string(r.Items[i].Section))
	}
}

// causes are told once, each with the checks that it leaves undecided. A check
// stands under the first cause that blocks it.
func causes(rec *recording.Recording, r *Report) []Cause {
	told, taken := []Cause{}, map[string]bool{}
	for _, m := range rec.Marks {
		if m.Kind != recording.MarkCause {
			continue
		}
		c := Cause{Name: m.Facts["cause"], Text: m.Facts["text"], Do: m.Facts["do"], Blocks: []string{}}
		if slices.ContainsFunc(told, func(o Cause) bool { return o.Name == c.Name && o.Text == c.Text }) {
			continue
		}
		for i := range r.Verdicts {
			v := &r.Verdicts[i]
			if taken[v.Check] || !r.counts(v) || !blocks(m, v, rec) {
				continue
			}
			taken[v.Check] = true
			c.Blocks = append(c.Blocks, v.Check)
		}
		told = append(told, c)
	}
	return told
}

// counts: the check is one of an item asked for, or the report is narrowed.
func (r *Report) counts(v *Verdict) bool {
	return r.Narrowed != nil || slices.ContainsFunc(r.Items, func(i Item) bool { return i.Asked && slices.Contains(i.Checks, v.Check) })
}

// aside are the checks whose evidence no traffic brings.
var aside = []string{"key-storage", "key-in-source", "server-public-files", "amount-source", "log-present"}

// blocks: the check is undecided because of that cause, not because it is
// unbuilt or waits for what no traffic shows. A cause keeps the exercises back
// that were left out for it; all but a missing action also what saw nothing.
func blocks(cause *recording.Mark, v *Verdict, rec *recording.Recording) bool {
	if v.Outcome != checks.Inconclusive || v.ToCome {
		return false
	}
	name, text := cause.Facts["cause"], cause.Facts["text"]
	if name != "no-action" && len(v.Seen) == 0 && !slices.Contains(aside, v.Check) {
		return true
	}
	for _, m := range rec.Marks {
		// Where no reason is told: "golive.yaml has no list action" ends in "no list action".
		reason := cause.Facts["reason"]
		if reason == "" && strings.HasSuffix(text, m.Facts["reason"]) {
			reason = m.Facts["reason"]
		}
		if m.Kind == recording.MarkSkipped && slices.Contains(v.Needs, m.Exercise) && m.Facts["reason"] == reason {
			return true
		}
	}
	return false
}

func stated(rec *recording.Recording) []Attestation {
	told := []Attestation{}
	for _, a := range rec.Attestations {
		told = append(told, Attestation{Ref: a.Ref(), Statement: a.Statement, By: a.By, Date: a.Date, Evidence: a.Evidence, Refused: checks.Refuse(a, rec.Open.At)})
	}
	return told
}
