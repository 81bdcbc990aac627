package meter

// Budget is the value of the global that the rewritten code counts down: fuel in the low half, bytes of stack in the
// high half, both signed. The halves are added as numbers, so that fuel below zero borrows from the stack:
//
//	MakeBudget(1, 5)  = 0x0000_0001_0000_0005
//	MakeBudget(1, -1) = 0x0000_0000_ffff_ffff
//
// Code calls the slice import when either half is negative.
type Budget int64

// MakeBudget puts a budget together. stack is in bytes.
func MakeBudget(stack, fuel int32) Budget { return Budget(int64(stack)<<32 + int64(fuel)) }

// Fuel is what is left of the slice; negative when code has run past its end.
func (b Budget) Fuel() int32 { return int32(b) }

// Stack is the number of bytes left for frames; negative after an overflow.
func (b Budget) Stack() int32 { return int32((int64(b) - int64(int32(b))) >> 32) }
