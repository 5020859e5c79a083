// Package suites tells the checklist as Ginkgo specs, one for each line. It
// narrates what the verdicts say and decides nothing: whether a spec passes,
// fails, or was never run is not consulted by anyone.
package suites

import (
	"fmt"
	"io"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"github.com/anton-payments/golive/checks"
)

// Item is a line of the checklist with what became of it.
type Item struct {
	checks.Line
	Asked    bool           // counts for the certificate; otherwise its spec is skipped
	Outcome  checks.Outcome // as decided; an inconclusive one is told as pending
	Waived   string         // why it need not pass; its spec is skipped then. "": it is not waived
	Verdicts []*checks.Verdict
}

// running guards Ginkgo's globals: one suite at a time in a process.
var running sync.Mutex

// Run tells the items in their order, one line each, on w. It may be called
// any number of times. The error is Ginkgo's own trouble, never a merchant's.
func Run(items []Item, w io.Writer, colored bool) (err error) {
	running.Lock()
	defer running.Unlock()
	stdout := formatter.ColorableStdOut
	formatter.ColorableStdOut = w
	defer func() {
		formatter.ColorableStdOut = stdout
		globals.Reset()
		if p := recover(); p != nil {
			err = fmt.Errorf("narration: %v", p)
		}
	}()

	globals.Reset()
	RegisterFailHandler(Fail)
	Describe("Going Live Checklist", func() {
		for i, item := range items {
			spec(i, item)
		}
	})
	suite, reporter := GinkgoConfiguration()
	suite.FailOnPending = true // what is undecided must not read as success
	reporter.FdOutput, reporter.NoColor = true, !colored
	RunSpecs(unheard{}, "golive", suite, reporter)
	return nil
}

// spec is one line of the checklist. Ginkgo runs specs in the order of their
// places in the source, so each is given its own.
func spec(i int, item Item) {
	place := types.CodeLocation{FileName: "checklist", LineNumber: i + 1}
	text := fmt.Sprintf("%-6s %s", item.Item, item.Text)
	if item.Waived != "" {
		text += ", waived"
	}
	args := []any{Label(string(item.Section)), place}
	if item.Asked && item.Outcome == checks.Inconclusive && item.Waived == "" {
		It(text, append(args, Pending)...)
		return
	}
	It(text, append(args, func() {
		if !item.Asked {
			Skip("not asked for")
		}
		if item.Waived != "" {
			Skip(item.Waived)
		}
		Expect(item.Verdicts).To(AllPass())
	})...)
}

// unheard takes the suite's failure and keeps it to itself: the report decides.
type unheard struct{}

func (unheard) Fail() {}
