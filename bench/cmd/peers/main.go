// Peers runs the same work through pledge and through what one would take
// instead, and writes docs/benchmarks.md, its pictures and the figures in
// README.md. Run it in the directory of the bench module:
//
//	go run ./cmd/peers
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/child"
	"github.com/pledge-wasm/pledge/bench/internal/compare"
	"github.com/pledge-wasm/pledge/bench/internal/page"
	"github.com/pledge-wasm/pledge/bench/internal/roster"
)

func main() {
	begun := time.Now()
	contestants, _ := roster.All()
	if len(os.Args) == 3 && os.Args[1] == child.Arg {
		os.Exit(child.Main(os.Args[2], contestants, begun))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, log io.Writer) error {
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "measure only long enough to try the command")
	root := flags.String("root", "..", "directory of the pledge module, whose docs and README.md are written")
	save := flags.String("save", "", "file to keep the figures in, as JSON")
	load := flags.String("load", "", "file of figures to write the documents from, in place of measuring")
	limit := flags.Duration("limit", 15*time.Minute, "give up after this long")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	results, err := figures(ctx, *load, *quick, log)
	if err != nil {
		return err
	}
	if *save != "" {
		b, err := json.MarshalIndent(results, "", "\t")
		if err != nil {
			return err
		}
		if err := os.WriteFile(*save, b, 0o644); err != nil {
			return err
		}
	}
	docs := filepath.Join(*root, "docs")
	if err := page.Pictures(filepath.Join(docs, "img"), results); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(docs, "benchmarks.md"), page.Benchmarks(results), 0o644); err != nil {
		return err
	}
	replaced, err := page.Replace(filepath.Join(*root, "README.md"), page.Summary(results))
	if err != nil {
		return err
	}
	if !replaced {
		fmt.Fprintln(log, "README.md has no place for figures: "+page.Begin+" … "+page.End)
	}
	fmt.Fprintf(log, "wrote %s\n", filepath.Join(docs, "benchmarks.md"))
	return nil
}

func figures(ctx context.Context, load string, quick bool, log io.Writer) (*compare.Results, error) {
	if load != "" {
		b, err := os.ReadFile(load)
		if err != nil {
			return nil, err
		}
		results := &compare.Results{}
		return results, json.Unmarshal(b, results)
	}
	o := compare.Default
	if quick {
		o = compare.Quick
	}
	o.Source, o.Log = ".", log
	return compare.Run(ctx, o)
}
