// Command golive tells, with evidence, whether a merchant's app is fit to move
// real money through Anton Payments.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/fixtures"
	merchant "github.com/anton-payments/golive/fixtures/merchants/go"
	"github.com/anton-payments/golive/proxy/exercise"
	"github.com/anton-payments/golive/reports"
	"github.com/anton-payments/golive/suites"
)

//go:generate sh -c "go run . checks --markdown > checks/README.new && mv checks/README.new checks/README.md"

const about = `Tells, with evidence, whether an app is fit to move real money through Anton Payments.

  golive demo                       the two-minute tour, no set-up
  golive demo --break no-key        the same, with an app that is wrong in one way
  golive certify -- node server.js  your own app, by golive.yaml
  golive judge recording.jsonl      judge a recording again, offline
  golive checks retry-backoff       what one check wants, and why

The report goes to standard output, everything else to standard error.
Exit codes: 0 certified, 1 not certified, 2 usage, 3 incomplete, 4 golive broke, 130 interrupted.`

type commands struct {
	Demo     demo                `cmd:"" help:"Certify the bundled merchant app against the embedded sandbox."`
	Init     fixtures.Init       `cmd:"" help:"Write golive.yaml for the app in this folder."`
	Doctor   fixtures.Doctor     `cmd:"" help:"Before the first run: name what is wrong with the set-up."`
	Certify  certify             `cmd:"" help:"Start your app, exercise it, judge it, report."`
	Board    call                `cmd:"" help:"Start your app and show the board: exercises, faults and webhooks by a click."`
	Record   fixtures.Record     `cmd:"" help:"Record your app's traffic without exercising it; Ctrl-C ends it."`
	Judge    judge               `cmd:"" help:"Judge a recording again, offline."`
	Report   reports.Show        `cmd:"" help:"Write the report of a run in a format."`
	Diff     reports.Diff        `cmd:"" help:"Tell what changed between two runs or reports."`
	Bundle   reports.Bundling    `cmd:"" help:"Make a bundle of a run: report, recording and certificate, sealed and signed."`
	Verify   reports.Verifying   `cmd:"" help:"Verify a bundle: seal, signature, every file; judge it again and compare."`
	Key      reports.KeyCommands `cmd:"" help:"Make a key to sign bundles with."`
	Waive    fixtures.Waive      `cmd:"" help:"For Anton's staff: sign a waiver of an item."`
	Cutover  cutover             `cmd:"" help:"Before the first payout: production and the launch list; read-only."`
	Gate     fixtures.Gate       `cmd:"" help:"May this build go to production, by its bundles: yes or no, and why."`
	Watch    fixtures.Watch      `cmd:"" help:"The first days in production: payouts, deliveries, balances; read-only."`
	Checks   reports.Listing     `cmd:"" help:"List the checklist, or explain one check."`
	Sandbox  fixtures.Sandbox    `cmd:"" help:"Run the embedded Anton sandbox on its own; Ctrl-C ends it."`
	Version  version             `cmd:"" help:"Print the version."`
	Merchant fixtures.Merchant   `cmd:"" hidden:""`
}

type exit = reports.Exit

func main() { os.Exit(code(run(os.Args[1:]))) }

func run(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends golive at once
	k := kong.Must(&commands{}, kong.Name("golive"), kong.Description(about), kong.ConfigureHelp(kong.HelpOptions{
		Compact: true, NoExpandSubcommands: true, NoAppDescFormat: true, WrapUpperBound: 100,
	}), kong.BindTo(ctx, (*context.Context)(nil)))
	parsed, err := k.Parse(args)
	if err != nil {
		return &reports.Misuse{Err: fmt.Errorf("%w; golive --help tells more", err)}
	}
	return parsed.Run()
}

// code tells an error in one line, those of golive.yaml in one for each place, and
// gives its exit code.
func code(err error) int {
	if e, ok := errors.AsType[exit](err); ok || err == nil {
		return int(e)
	}
	if _, misused := errors.AsType[*reports.Misuse](err); misused || exercise.IsUnusable(err) {
		fmt.Fprintln(os.Stderr, "golive: "+err.Error())
		return reports.ExitUsage
	}
	fmt.Fprintln(os.Stderr, "golive: "+reports.OneLine(err))
	if errors.Is(err, context.Canceled) {
		return reports.ExitInterrupted
	}
	return reports.ExitTrouble
}

// judging is how a recording is judged and the verdict told.
type judging struct {
	JSON  bool `help:"Write the report as JSON."`
	Quiet bool `short:"q" help:"Tell nothing but errors on standard error."`
}

func (j *judging) conclude(path string, o reports.Options) error {
	r, err := reports.Judge(path, o)
	if err != nil {
		return err
	}
	var items []suites.Item
	for _, i := range r.Items {
		items = append(items, suites.Item{Line: i.Line(), Asked: i.Asked, Outcome: i.Outcome, Waived: r.Waived(i.ID), Verdicts: r.JudgedFor(i.ID)})
	}
	if !j.Quiet {
		err = suites.Run(items, os.Stderr, reports.Colored(os.Stderr))
	}
	if err := cmp.Or(err, reports.Render(os.Stdout, r, j.JSON, reports.Colored(os.Stdout))); err != nil {
		return err
	}
	return exit(r.Decision.Exit)
}

// leave tells where a run left its recording, concludes and seals it.
func (j *judging) leave(left exercise.Result, err error, s *reports.Sealing, o reports.Options) error {
	if left.Recording != "" {
		fmt.Fprintln(os.Stderr, "recording: "+left.Recording)
	}
	if err != nil {
		return err
	}
	err = j.conclude(left.Recording, o)
	if _, told := errors.AsType[exit](err); told {
		err = cmp.Or(s.Seal(left.Recording, os.Stderr), err)
	}
	if left.Interrupted {
		code(err) // the interruption decides; trouble is told all the same
		return exit(reports.ExitInterrupted)
	}
	return err
}

// running is what every run with exercises takes.
type running struct {
	judging
	reports.Sealing
	fixtures.Shown
	Only     []string `placeholder:"EXERCISE" help:"Run these exercises alone; certifies nothing."`
	Check    []string `placeholder:"CHECK" help:"Run what these checks need and judge by them alone; certifies nothing."`
	Sections []string `default:"integration,security" help:"Ask for these sections (${default})."`
	Dir      string   `default:".golive/runs" placeholder:"FOLDER" help:"Keep runs here, each in a folder of its own (${default})."`
}

func (r *running) perform(ctx context.Context, s exercise.Setup) error {
	only, err := reports.Narrow(r.Only, r.Check, r.Sections)
	if err := cmp.Or(err, r.Prepare(r.Check)); err != nil {
		return err
	}
	s.Only, s.Sections, s.Dir, s.Tool, s.Undecided, s.Breaker = only, r.Sections, r.Dir, reports.Version, checks.Undecided, checks.Breaker
	if !r.Quiet {
		s.Narrate, s.Size = os.Stderr, exercise.Terminal(os.Stderr)
		fixtures.Foretell(os.Stderr, s.Config, s.Waivers)
	}
	shown, err := r.Attend(&s, os.Stderr)
	if err != nil {
		return err
	}
	defer shown.Close()
	result, err := exercise.Run(ctx, s)
	if err != nil {
		return r.leave(result, err, &r.Sealing, reports.Options{})
	}
	judged := reports.Options{Checks: r.Check}
	err = r.leave(result, nil, &r.Sealing, judged)
	shown.Linger(ctx, result.Recording, judged, &r.Sealing)
	return err
}

type demo struct {
	Break string `placeholder:"NAME" help:"Make the app wrong in one way; --break list names them all."`
	running
}

func (d *demo) Run(ctx context.Context) error {
	if err := reports.Known("way to break the app", d.Break, append(fixtures.Mutants(), "")); err != nil {
		fmt.Fprint(os.Stderr, fixtures.Broken())
		return err
	}
	c, err := fixtures.Demo(d.Break, "merchant")
	if err != nil {
		return err
	}
	return d.perform(ctx, exercise.Setup{Config: c, Embedded: fixtures.Embedded(c.Profile), Files: merchant.Files})
}

type certify struct {
	fixtures.Started
	ByHand time.Duration `default:"2m" placeholder:"DURATION" help:"Let a person do what golive.yaml has no action for, within this time for each step; 0 asks nobody (${default})."`
	running
}

func (c *certify) Run(ctx context.Context) error {
	s, err := c.Setup()
	if err != nil {
		return err
	}
	s.ByHand = c.ByHand
	if exercise.Terminal(os.Stdin) != nil {
		s.Keys = os.Stdin
	}
	return c.perform(ctx, s)
}

// call is certify, with the board, at the pace of whoever presents.
type call struct{ certify }

func (c *call) Run(ctx context.Context) error {
	c.Call = true
	return c.certify.Run(ctx)
}

type judge struct {
	File    string   `arg:"" help:"A recording, the folder of a run or of a bundle, or a HAR file."`
	Check   []string `placeholder:"CHECK" help:"Judge by these checks alone; certifies nothing."`
	Partial bool     `help:"Judge a recording that was cut as far as it goes; never certifies."`
	judging
}

func (j *judge) Run() error {
	return j.conclude(j.File, reports.Options{Partial: j.Partial, Checks: j.Check})
}

type cutover struct {
	fixtures.Cutover
	judging
	reports.Sealing
}

func (c *cutover) Run(ctx context.Context) error {
	if err := c.Prepare(nil); err != nil {
		return err
	}
	left, err := c.Look(ctx, reports.Version, c.Quiet)
	return c.leave(exercise.Result(left), err, &c.Sealing, reports.Options{})
}

type version struct{}

func (version) Run() error {
	_, err := fmt.Println("golive", reports.Version)
	return err
}
