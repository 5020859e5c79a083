package reports

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
)

// ReportSchema is the JSON Schema of a report, generated from the Go types.
//
//go:embed schema/report.json
var ReportSchema string

// Exit ends golive with that code; all has been said.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Show is the command golive report.
type Show struct {
	File    string   `arg:"" optional:"" help:"A recording, the folder of a run or of a bundle, a HAR file, or a report.json."`
	Format  string   `default:"text" placeholder:"FORMAT" help:"text, json, junit, sarif, markdown, html, har or badge (${default})."`
	JSON    bool     `help:"The same as --format json."`
	Check   []string `placeholder:"CHECK" help:"Judge by these checks alone; certifies nothing."`
	Partial bool     `help:"Judge a recording that was cut as far as it goes; never certifies."`
	Schema  bool     `help:"Write the JSON Schema of --format json, and nothing else."`
	Serve   bool     `help:"Show the report in the browser: serves it on loopback and writes its address; Ctrl-C ends it."`
	Quiet   bool     `short:"q" help:"Tell nothing but errors on standard error."`
}

// Run writes the report to standard output and ends with its exit code.
func (s *Show) Run(ctx context.Context) error {
	if s.Schema {
		_, err := io.WriteString(os.Stdout, ReportSchema)
		return err
	}
	if s.JSON {
		s.Format = "json"
	}
	f, err := FormatOf(s.Format)
	if err != nil {
		return err
	}
	if s.File == "" {
		return misuse("expected \"<file>\": a recording, the folder of a run, or a report.json; golive report --help tells more")
	}
	r, err := Load(s.File, Options{Partial: s.Partial, Checks: s.Check})
	if err != nil {
		return err
	}
	switch {
	case s.Serve:
		hint := io.Writer(os.Stderr)
		if s.Quiet {
			hint = io.Discard
		}
		err = serve(ctx, os.Stdout, hint, r)
	case f.Name == "text":
		err = Text(os.Stdout, r, Colored(os.Stdout))
	default:
		err = f.Write(os.Stdout, r)
	}
	if err != nil {
		return err
	}
	return Exit(r.Decision.Exit)
}
