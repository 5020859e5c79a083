package reports

import "os"

// Listing is the command that tells the checklist, or one check.
type Listing struct {
	ID       string `arg:"" optional:"" help:"Explain this check."`
	JSON     bool   `help:"For machines."`
	Markdown bool   `help:"As checks/README.md has it."`
}

// Run writes to standard output.
func (l *Listing) Run() error {
	if l.Markdown {
		return Markdown(os.Stdout)
	}
	return Tell(os.Stdout, l.ID, l.JSON, Colored(os.Stdout))
}
