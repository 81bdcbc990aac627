package hostile

// Last is the last number of the catalogue; every one from 1 is either a [Case]
// or told by a [Note].
const Last = 98

// Note is a number of the catalogue, or members of its family, that a file alone
// does not show: other tests hold it, or there is nothing that it could break.
type Note struct {
	Number int
	Family byte
	// What they do, as the end of "somebody who ...".
	What string
	// Tests hold it, each as "folder: name", the folder from the module's root.
	// Without any, Why says why it does not apply.
	Tests []string
	// Why adds what the tests do not show, or is the reason for there being none.
	Why string
}

// Notes are in the order of the catalogue.
var Notes = []Note{
	{16, 'A', "cuts a file at every byte, or changes every byte", []string{"host/internal/admit: TestCutAndChangedFiles", "host/internal/wasm: TestPrefixes", "host/internal/wasm: TestMutations"}, ""},
	{19, 'A', "sends another file than the one that was pinned, or changes it while it is loaded", []string{"host: TestHostilePin", "host: TestReadAgain"},
		"Modules come as bytes or from a file; nothing is fetched or unpacked."},
	{20, 'A', "loads one module a thousand times at once, and a thousand modules", []string{"host: TestCompileOnce", "host: TestDistinctModules", "host: TestHostileCrowdOfModules"}, ""},
	{34, 'B', "sends a regular expression or a document that keeps an interpreter busy", []string{"host: TestReuseCannotBeTold"},
		"To the host an interpreter is a guest like any other, see the cases."},
	{42, 'C', "has more guests than there is memory for", []string{"host: TestHostileCrowdOfMemories", "host/internal/engine: TestIdleInstancesMakeRoom"}, ""},
	{43, 'C', "allocates and traps, thousands of times", []string{"host: TestHostileAllocateAndTrap", "host: TestTrapsLeaveNothing"}, ""},
	{50, 'D', "has the host call back into the guest, again and again", []string{"host: TestHostileFunctionSubmitsAgain"},
		"No import calls guest code. A granted function can submit a task of the guest; that is a run of its own, with a slot of its own."},
	{52, 'D', "changes bytes while the host looks at them", []string{"host/internal/wasi: TestOverlaps"},
		"A guest has one thread, and it stands still while the host works. Requests and responses are copied before they are looked at."},
	{59, 'E', "sleeps on the real clock, which was granted, past the deadline", []string{"host: TestHostileSleepers", "host/internal/wasi: TestGrantedClock"}, ""},
	{69, 'E', "follows redirects, resolves names, talks to addresses", nil, "There is no network: a guest reaches the functions that it was granted, and what those do is the embedder's."},
	{70, 'E', "has the caller give too much: environment, arguments, input", []string{"host: TestHostileCallers", "host/internal/wasi: TestGrantsValidate"}, ""},
	{73, 'F', "writes keys that hash alike, or what takes long to look at", []string{"abi: TestCollidingKeysAreSorted", "abi: TestCheckStops"}, ""},
	{74, 'F', "doubles a value forty times by naming a future twice", []string{"host: TestHostileLaughs", "futures: TestSpliceErrors"}, ""},
	{75, 'F', "makes futures that wait for themselves or for one another, or a chain of thousands", []string{"futures: TestSpliceErrors", "futures: TestDeepChain", "host: TestAChainLongerThanThePoolFinishes"},
		"A run learns the ids of those that came before it and of its own children only, so no circle can be made; the test that resolving refuses one goes by hand."},
	{76, 'F', "awaits or answers with a future that is not its own", []string{"host: TestSubTasks", "futures: TestResolverLookup"}, ""},
	{77, 'F', "spawns two that spawn two, or ends before its children", []string{"host: TestASpawnBombHitsALimit", "host: TestCancellingAParentCancelsItsChildren", "host: TestChildrenShareFuelAndDeadline"}, ""},
	{78, 'F', "holds every slot while it waits for its children", []string{"host: TestFanOutWiderThanThePool", "host: TestSubTasks", "host: TestADependantHoldsNoSlot"}, ""},
	{80, 'F', "has several children fail inside one value", []string{"host: TestUpstreamFailures", "futures: TestResolveErrors", "futures: TestGather"}, ""},
	{81, 'F', "is cancelled at every step", []string{"host: TestCancelledAtEveryStep", "host: TestKilledAtRandomMoments"}, ""},
	{82, 'F', "has its future settled twice, after a cancellation or a deadline", []string{"futures: TestSettleOnce", "futures: TestCancel", "futures: TestHammer"}, ""},
	{83, 'G', "looks for what the task before left, in all places and on all paths", []string{"host: TestNoTaskLeavesATrace", "host: TestReuseCannotBeTold", "host/internal/linmem: TestReset"}, ""},
	{87, 'G', "runs while the host is closed", []string{"host: TestHostileCloseWhileRunning", "host: TestHostsLeaveNothing"}, ""},
	{88, 'G', "is called from everywhere at once", []string{"host: TestHostileHammer", "host/internal/engine: TestAnInstanceHasOneUser"}, ""},
	{89, 'G', "is replaced while a thousand tasks run in it", []string{"host: TestHotSwap"}, ""},
	{90, 'G', "changes the files of the compile cache, or swaps them, or writes some", []string{"host/internal/cache: TestDamage", "host/internal/cache: TestStrangers",
		"host/internal/cache: TestHugeFile", "host/internal/cache: TestDirectory", "host/internal/cache: TestChangedWhileRead", "host/internal/cache: TestBuild",
		"host/internal/cache: TestIdentity", "host/internal/engine: TestDamagedStore", "host/internal/engine: TestForeignCode", "host/internal/engine: TestTwins"},
		"Whoever can read the key in the directory runs as its owner already."},
	{91, 'G', "kills the process while it writes to the cache, or fills the disk", []string{"host/internal/cache: TestProcesses", "host/internal/cache: TestFullDisk", "host/internal/cache: TestEvictionSideBySide"},
		"There is no journal: runs are not durable."},
	{92, 'G', "wants the remembered result of another task, other limits or other grants", []string{"host: TestMemoize", "futures/memo: TestKeyOf"}, "Only tasks without grants are remembered."},
	{93, 'H', "looks at the bits of numbers that are none", []string{"host: TestHostileNumbersAreTheSame", "host/internal/spectest: TestSuites"},
		"They are the same on every run, and by the specification of WebAssembly not on every kind of processor: the sign and the payload of a NaN that an operation makes are the machine's."},
	{94, 'H', "sees by the growth of its memory how busy the host is", []string{"host: TestHostileGrowthIsNotTheLoads"}, ""},
	{95, 'H', "measures how deep the stack is", []string{"host: TestHostileFuelIsTheSame", "host/internal/meter: TestStackStops"}, "The rewriting counts, so it is as deep on every run and every engine."},
	{96, 'H', "looks for what differs from run to run: clock, randomness, order, addresses", []string{"host: TestReuseCannotBeTold", "host/internal/wasi: TestWorldIsPristine", "host/internal/wasi: TestRandom"}, ""},
	{97, 'H', "measures time in order to learn of others", []string{"host/internal/wasi: TestVirtualClock", "host/internal/wasi: TestGrantedClock"},
		"Without the clock grant there is no time to measure. With it, it is cut to a microsecond; there is no memory that guests share."},
	{98, 'H', "counts fuel", []string{"host: TestHostileFuelIsTheSame", "host/internal/meter: FuzzFuel"}, ""},
}
