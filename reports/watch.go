package reports

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/checks"
	api "github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// Watched is one look at production, judged by the checks of the first days.
type Watched struct {
	At       time.Time      `json:"at"` // of the look
	Upstream string         `json:"upstream"`
	Since    time.Time      `json:"since"` // payouts and events from before do not count
	Figures  checks.Figures `json:"figures"`
	Verdicts []Verdict      `json:"verdicts"`
	Exit     int            `json:"exit"` // 0 nothing to look at, 1 something, 3 production could not be read
}

// WatchOf judges a look. The error is golive's own trouble.
func WatchOf(rec *recording.Recording) (*Watched, error) {
	e, err := checks.EvidenceOf(rec)
	if err != nil {
		return nil, err
	}
	verdicts, err := checks.JudgeAll(checks.WatchChecks(), e)
	if err != nil {
		return nil, err
	}
	w := &Watched{At: rec.Open.At, Upstream: rec.Open.Upstream, Since: rec.Open.Production.Watch.Since, Figures: e.Figures()}
	r := &Report{}
	for _, v := range verdicts {
		told := r.tell(v)
		told.Repeat = "golive watch --once"
		w.Verdicts = append(w.Verdicts, told)
		if len(told.Findings) > 0 {
			w.Exit = ExitNotCertified
		}
	}
	read := func(route string) bool {
		return slices.ContainsFunc(e.Calls(route), func(x *recording.Exchange) bool { return x.Status()/100 == 2 })
	}
	if !read(api.BalanceList) || w.Exit == ExitCertified && !(read(api.PayoutList) && read(api.SubscriptionList)) {
		w.Exit = ExitIncomplete
	}
	return w, nil
}

// Write shows the look on a terminal.
func (w *Watched) Write(out io.Writer, colored bool) error {
	p := newPage(out, colored)
	p.line("%s  %s, read-only, %s UTC", p.bold("First days"), w.Upstream, w.At.UTC().Format("2006-01-02 15:04:05"))
	p.gap()
	f := w.Figures
	p.row("since", w.Since.UTC().Format("2006-01-02 15:04:05")+" UTC")
	p.row("payouts", fmt.Sprintf("%d completed, %d failed, %d returned, %d cancelled, %d pending",
		f.Payouts.Completed, f.Payouts.Failed, f.Payouts.Returned, f.Payouts.Cancelled, f.Payouts.Pending))
	told := fmt.Sprintf("%d delivered, %d on a further attempt, %d failed", f.Deliveries.Delivered, f.Deliveries.Retrying, f.Deliveries.Failed)
	if f.Deliveries.Unseen > 0 {
		told += fmt.Sprintf("; %s not looked at, to spare the rate limit (--calls)", plural(f.Deliveries.Unseen, "event"))
	}
	p.row("webhooks", told)
	for i, b := range f.Balances {
		p.row([]string{"available", ""}[min(i, 1)], b.String())
	}
	told = fmt.Sprintf("%d, of them %d answered 4xx, %d 5xx, %d not at all", f.Reads.Total, f.Reads.Class4xx, f.Reads.Class5xx, f.Reads.Silent)
	if f.Reads.Limited > 0 {
		told += fmt.Sprintf(", %d over the rate limit", f.Reads.Limited)
	}
	p.row("reads", told)
	p.gap()
	for _, v := range w.Verdicts {
		p.watched(v)
	}
	return p.out.Flush()
}

// watched is one check: its departures, else what was not seen, else a line.
func (p *page) watched(v Verdict) {
	switch {
	case len(v.Findings) > 0:
		p.line("%s %s  %s", p.open("!"), p.bold(pad(v.Check, 15)), v.Title)
		for _, f := range v.Findings {
			p.wrap("    ", f.Text)
		}
		p.wrap("    "+p.faint("mend   "), v.Mend)
	case v.Outcome == checks.Pass:
		p.line("%s %s  %s", p.good("✓"), pad(v.Check, 15), v.Title)
	default:
		p.line("%s %s  %s", p.faint("?"), pad(v.Check, 15), v.Title)
		p.wrap("    ", strings.Join(v.Missing, "; "))
	}
}

// Metrics are the look in Prometheus' text format. A dozen lines by hand weigh
// less than the client library with its protocol buffers.
func (w *Watched) Metrics() []byte {
	var b bytes.Buffer
	family := func(name, kind, help string) { fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	f := w.Figures
	family("golive_payouts", "gauge", "Payouts in production since the watch's beginning, by state.")
	for _, s := range []struct {
		state string
		n     int
	}{
		{"completed", f.Payouts.Completed}, {"failed", f.Payouts.Failed}, {"returned", f.Payouts.Returned},
		{"cancelled", f.Payouts.Cancelled}, {"pending", f.Payouts.Pending}, {"stuck", f.Payouts.Stuck},
	} {
		fmt.Fprintf(&b, "golive_payouts{state=%q} %d\n", s.state, s.n)
	}
	family("golive_webhook_deliveries", "gauge", "Webhook deliveries of the events looked at, by state.")
	fmt.Fprintf(&b, "golive_webhook_deliveries{state=\"delivered\"} %d\ngolive_webhook_deliveries{state=\"retrying\"} %d\ngolive_webhook_deliveries{state=\"failed\"} %d\n",
		f.Deliveries.Delivered, f.Deliveries.Retrying, f.Deliveries.Failed)
	family("golive_webhook_events_unseen", "gauge", "Events whose deliveries were not looked at, to spare the rate limit.")
	fmt.Fprintf(&b, "golive_webhook_events_unseen %d\n", f.Deliveries.Unseen)
	family("golive_balance_available", "gauge", "Money available in production, in the currency's own unit.")
	for _, a := range f.Balances {
		fmt.Fprintf(&b, "golive_balance_available{currency=%q} %s\n", a.Currency, a.Available)
	}
	family("golive_reads_total", "counter", "Golive's own reads of production, by answer.")
	fmt.Fprintf(&b, "golive_reads_total{answer=\"429\"} %d\ngolive_reads_total{answer=\"4xx\"} %d\ngolive_reads_total{answer=\"5xx\"} %d\ngolive_reads_total{answer=\"none\"} %d\ngolive_reads_total{answer=\"other\"} %d\n",
		f.Reads.Limited, f.Reads.Class4xx, f.Reads.Class5xx, f.Reads.Silent, f.Reads.Total-f.Reads.Limited-f.Reads.Class4xx-f.Reads.Class5xx-f.Reads.Silent)
	family("golive_advice", "gauge", "Departures that a check of the first days tells of.")
	for _, v := range w.Verdicts {
		fmt.Fprintf(&b, "golive_advice{check=%q} %d\n", v.Check, len(v.Findings))
	}
	family("golive_last_look_timestamp_seconds", "gauge", "When production was last looked at.")
	fmt.Fprintf(&b, "golive_last_look_timestamp_seconds %d\n", w.At.Unix())
	return b.Bytes()
}
