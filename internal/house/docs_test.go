package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Every package, and every exported name that a reader can meet, says what it
// is.
func TestEverythingExportedIsDocumented(t *testing.T) {
	for _, p := range packages(t) {
		fset := token.NewFileSet()
		documented := false
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			documented = documented || file.Doc.Text() != ""
			for _, missing := range undocumented(file) {
				t.Errorf("%s: exported %s has no comment", fset.Position(missing.Pos()), missing.Name)
			}
		}
		if !documented {
			t.Errorf("package %s has no comment", strings.TrimPrefix(p.ImportPath, module))
		}
	}
}

// undocumented lists the exported names that a file declares at the top level
// without a comment; a comment of a group of constants counts for all of them.
func undocumented(file *ast.File) []*ast.Ident {
	var missing []*ast.Ident
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc.Text() == "" && exportedReceiver(d) {
				missing = append(missing, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() && d.Doc.Text() == "" && s.Doc.Text() == "" {
						missing = append(missing, s.Name)
					}
				case *ast.ValueSpec:
					if d.Doc.Text() != "" || s.Doc.Text() != "" || s.Comment.Text() != "" {
						continue
					}
					for _, name := range s.Names {
						if name.IsExported() {
							missing = append(missing, name)
						}
					}
				}
			}
		}
	}
	return missing
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}
