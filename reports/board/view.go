package board

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

// view is what the templates look at.
type view struct {
	Merchant, Profile, Run, App, Upstream string
	Sections                              []section
	Score                                 score
	Path                                  []reports.Step
	Now                                   []Step // running, in the plan's order
	Do                                    []todo // what a person can do, when nothing runs
	Steps                                 []Step
	Offered                               int // exercises that nobody has asked for
	Armed, ArmedTimes                     string
	Hands                                 *Hands
	Payouts                               []payout
	Ready, Final                          bool
	Decision                              reports.Decision
	Files                                 []File
	Stray                                 []reports.Waiver // that are about no item
	Exchanges, Deliveries                 int
}

type section struct {
	Name  string
	Items []item
}

// item is a line of the checklist as the board shows it.
type item struct {
	ID, Text, Outcome, Sign string
	Asked                   bool
	Share, Told             string // "3/6", "3 of 6 checks pass"
	Signed                  *reports.SignOff
	Waived                  *reports.Waiver  // it need not pass; nil: it must
	Refused                 []reports.Waiver // of it, and why
}

// score counts the items asked for; what is waived neither fails nor is open.
type score struct{ Pass, Fail, Open, Waived, Signed, Total int }

// todo is something a person can do now, and why; Run is the exercise that a
// click runs.
type todo struct{ Text, Why, Run string }

var signs = map[checks.Outcome]string{checks.Pass: "✓", checks.Fail: "✗", checks.Inconclusive: "?", checks.NotApplicable: "·"}

// look takes a view. The lock is held.
func (b *Board) look() view {
	o := b.rec.Open
	v := view{
		Merchant: o.Merchant.Name, Profile: o.Profile, Run: o.Run, App: o.App, Upstream: o.Upstream,
		Steps: slices.Clone(b.steps), Hands: b.hands, Ready: b.hands != nil, Payouts: slices.Clone(b.payouts),
		Final: b.final, Files: b.files, Exchanges: len(b.rec.Exchanges), Deliveries: len(b.rec.Deliveries),
	}
	v.Steps = slices.DeleteFunc(v.Steps, func(s Step) bool { return s.Name == recording.ByHand })
	for _, s := range b.steps {
		if s.Name == recording.ByHand && s.State != "running" {
			continue
		}
		switch s.State {
		case "running":
			v.Now = append(v.Now, s)
		case "offered":
			v.Offered++
		}
	}
	v.Armed, v.ArmedTimes = b.armed()
	signed := reports.SignOffs(b.rec.Marks)
	for _, s := range checks.Sections {
		v.Sections = append(v.Sections, section{Name: string(s), Items: b.items(s, signed)})
	}
	for _, s := range v.Sections {
		for _, i := range s.Items {
			v.Score.count(i)
		}
	}
	v.Do = b.todo()
	_, v.Stray = b.waiversOf("")
	if b.report != nil {
		v.Path, v.Decision = b.report.Path, b.report.Decision
	}
	return v
}

func (s *score) count(i item) {
	if !i.Asked {
		return
	}
	s.Total++
	if i.Signed != nil {
		s.Signed++
	}
	switch {
	case i.Waived != nil:
		s.Waived++
	case i.Outcome == checks.Pass.String():
		s.Pass++
	case i.Outcome == checks.Fail.String():
		s.Fail++
	default:
		s.Open++
	}
}

// items are a section's, with the latest outcomes.
func (b *Board) items(s checks.Section, signed []reports.SignOff) (list []item) {
	for _, l := range checks.Checklist {
		if l.Section != s {
			continue
		}
		i := item{ID: string(l.Item), Text: l.Text, Outcome: "inconclusive", Sign: "?", Signed: signedOff(signed, l.Item)}
		if judged := b.judged(l.Item); judged != nil {
			i.Outcome, i.Sign, i.Asked = judged.Outcome.String(), signs[judged.Outcome], judged.Asked
			i.Share, i.Told = b.share(*judged)
			i.Waived = b.waived(l.Item)
			_, i.Refused = b.waiversOf(l.Item)
		}
		list = append(list, i)
	}
	return list
}

// judged is an item as it was judged last; nil: not yet.
func (b *Board) judged(i checks.Item) *reports.Item {
	if b.report == nil {
		return nil
	}
	at := slices.IndexFunc(b.report.Items, func(r reports.Item) bool { return r.ID == i })
	if at < 0 {
		return nil
	}
	return &b.report.Items[at]
}

// share tells how many of an item's checks have come to what.
func (b *Board) share(i reports.Item) (short, told string) {
	count := map[checks.Outcome]int{}
	total := 0
	for _, v := range b.report.Verdicts {
		if slices.Contains(v.Items, i.ID) && v.Outcome != checks.NotApplicable {
			count[v.Outcome]++
			total++
		}
	}
	if n := count[checks.Fail]; n > 0 {
		return fmt.Sprintf("%d fail", n), fmt.Sprintf("%d of %d checks fail", n, total)
	}
	n := count[checks.Pass]
	return fmt.Sprintf("%d/%d", n, total), fmt.Sprintf("%d of %d checks pass", n, total)
}

// armed is the fault that waits; it is done when as many have struck by hand as
// were armed.
func (b *Board) armed() (name, times string) {
	var last *recording.Mark
	for _, m := range b.rec.Marks {
		if m.Kind == recording.MarkArmed {
			last = m
		}
	}
	if last == nil || last.Facts["fault"] == "" || b.final {
		return "", ""
	}
	struck := 0
	for _, x := range b.rec.Exchanges {
		if x.Fault != nil && (x.Exercise == "" || x.Exercise == recording.ByHand) && x.Request.Path == "/v1/payouts" && x.Start.After(last.At) {
			struck++
		}
	}
	if times, err := strconv.Atoi(last.Facts["times"]); err != nil || struck >= times {
		return "", ""
	}
	return last.Facts["fault"], last.Facts["times"]
}

// signedOff finds an item's sign-off; nil: there is none.
func signedOff(all []reports.SignOff, i checks.Item) *reports.SignOff {
	at := slices.IndexFunc(all, func(s reports.SignOff) bool { return s.Item == i })
	if at < 0 {
		return nil
	}
	return &all[at]
}

// todo is what would settle most that is open: causes first, then the first
// thing missing of each open item.
func (b *Board) todo() (list []todo) {
	if b.report == nil {
		return []todo{{Text: "Starting the app and waiting until it is ready"}}
	}
	for _, c := range b.report.Causes {
		list = append(list, todo{Text: c.Do, Why: c.Text})
	}
	for _, i := range b.report.Items {
		if !i.Asked || i.Outcome != checks.Inconclusive || b.waived(i.ID) != nil || len(list) == 3 {
			continue
		}
		do := b.missing(i)
		if do.Text != "" && !slices.ContainsFunc(list, func(t todo) bool { return t.Text == do.Text }) {
			list = append(list, do)
		}
	}
	return list
}

// missing is what would settle an item: an exercise that can be run, or the
// first thing that its checks did not see.
func (b *Board) missing(i reports.Item) (do todo) {
	do.Why = string(i.ID) + " " + i.Text
	for _, v := range b.report.Verdicts {
		if v.Outcome != checks.Inconclusive || !slices.Contains(v.Items, i.ID) {
			continue
		}
		for _, x := range v.Needs {
			at := slices.IndexFunc(b.steps, func(s Step) bool { return s.Name == x })
			if at >= 0 && b.steps[at].State == "offered" && b.hands != nil {
				do.Text, do.Run = "Run "+string(x)+": "+b.steps[at].Title, string(x)
				return do
			}
		}
		if len(v.Missing) > 0 && do.Text == "" {
			do.Text = v.Check + ": " + here(v.Missing[0])
		}
	}
	return do
}

// here is what is missing, told where its exercise runs by a click.
func here(missing string) string { return strings.ReplaceAll(missing, "; run golive certify", "") }
