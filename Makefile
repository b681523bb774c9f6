# make ablation   set everything up and measure the paper's Table 4 on the embedded street scenes, with the shipped network
# make test       set everything up and run the tests
# make test-fast  the tests that are not marked slow, sanitizer or cluster, in two processes
# make coverage   the percentage of statements that the tests run, those in processes of their own not counted
# make lint       ruff, import-linter (who may import whom), clang-format, mypy, and the stubs of native code
# make results    renew the published tables and figures in results/
# make frozen     freeze affinities of all kinds of data, and rank partitioners, tuned with one budget each, on them
# make docs     the pages of the documentation, with their examples executed, in runs/docs/
# make report     one page of all published results, in runs/report/
# make models     train the shipped networks anew, and write their model cards
# make asv        measure the last commit with asv, and make its pages
# make instructions   fail where more instructions are executed than at the parent commit
# make fuzz       try ten million random inputs on the native core under sanitizers, and record the count
# make mutants    change the references, metrics and losses in small ways, and show which changes no test notices
# make wheels     source archive and wheel in dist/, each installed in an environment of its own and used there
# make env        only the environment, in .venv

PYTHON ?= python3
BIN := .venv/bin
EXTRAS := bench,blocks,cluster,docs,efficientnet,models,peers,segment,speed,test,volumes

.PHONY: env ablation test test-fast coverage lint docs results frozen report models asv instructions fuzz mutants wheels clean

env: .venv/ready

# Made again only when what it is made from changes.
.venv/ready: pyproject.toml constraints.txt partitioners/CMakeLists.txt $(wildcard partitioners/native/*/*)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --upgrade setuptools setuptools-scm scikit-build-core pybind11 cmake ninja
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[$(EXTRAS)]'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation inplace-abn > .venv/inplace-abn.log 2>&1 \
		|| echo "inplace-abn could not be built, see .venv/inplace-abn.log: DaffNet does without it"
	touch $@

ablation: env
	$(BIN)/python -m bench.ablation

test: env
	$(BIN)/python -m pytest -n 2

test-fast: env
	$(BIN)/python -m pytest -m "not slow and not sanitizer and not cluster" -n 2

coverage: env
	$(BIN)/python -m pytest -m "not sanitizer" --cov --cov-report=
	$(BIN)/coverage report --format=total

lint: env
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/ruff format --check .
	git ls-files '*.cpp' '*.hpp' | xargs $(BIN)/clang-format --dry-run -Werror
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest partitioners._native

# Published tables and figures. NUCLEI: a folder with images/ and masks/, for those of nuclei.
MODELS := daffnet oracle
# The networks after their first stage, whose embeddings are convolutional, as the paper's: `make models` leaves them there.
FIRST_STREET := runs/train/street/stage-1/model.safetensors
FIRST_NUCLEI := runs/train/nuclei/stage-1/model.safetensors
# The partitioners of both cards, without grouping at the end and with it, beside flat average linkage and the paper's cascade.
STREET := affinity=gaec(linkage=average, threshold=0.7), grouping=None, finest=gas(threshold=0.7, rest=gaec)
STREET_ROWS := 'rescored(partitioner=cascade-gaec($(STREET)))' 'rescored(partitioner=cascade-gaec($(STREET), regrouping=gaec))'
CELLS := affinity=gaec(linkage=average, threshold=0.8), grouping=None, finest=gas(threshold=0.4, rest=gaec)
CELLS_ROWS := 'cascade-gaec($(CELLS))' 'cascade-gaec($(CELLS), regrouping=gaec)'
FLAT := cascade-gaec 'gaec(linkage=average)'
# What each ingredient of the average cascade adds to average linkage of all pixels.
INGREDIENTS := 'gaec(linkage=average)' 'average-cascade(levels=1, small=0, grouping=None)' \
	'average-cascade(levels=1, grouping=None)' 'average-cascade(levels=1)' 'average-cascade(disputed=1)' average-cascade \
	'rescored(partitioner=average-cascade)'
results: env
	for model in $(MODELS); do \
		$(BIN)/python -m bench.ablation --models $$model --output results/ablation/street-$$model || exit; \
		$(if $(NUCLEI),$(BIN)/python -m bench.ablation --data 'nuclei(root=$(NUCLEI))' --models $$model \
			--output results/ablation/nuclei-$$model || exit;) \
	done
	$(if $(wildcard $(FIRST_STREET)),$(BIN)/python -m bench.ablation --weights $(FIRST_STREET) \
		--output results/ablation/street-convolutional)
	$(if $(and $(NUCLEI),$(wildcard $(FIRST_NUCLEI))),$(BIN)/python -m bench.ablation --data 'nuclei(root=$(NUCLEI))' \
		--weights $(FIRST_NUCLEI) --output results/ablation/nuclei-convolutional)
	$(BIN)/python -m bench.ablation --partitioners $(FLAT) $(STREET_ROWS) --output results/ablation/street-regrouping
	$(if $(NUCLEI),$(BIN)/python -m bench.ablation --data 'nuclei(root=$(NUCLEI))' --partitioners $(FLAT) $(CELLS_ROWS) \
		--output results/ablation/nuclei-regrouping)
	$(BIN)/python -m bench.ablation --models 'daffnet(weights=street, views=1)' --output results/ablation/street-one-view
	$(BIN)/python -m bench.ablation --partitioners $(INGREDIENTS) --output results/ablation/street-average-daffnet
	$(if $(NUCLEI),$(BIN)/python -m bench.ablation --data 'nuclei(root=$(NUCLEI))' --partitioners $(INGREDIENTS) \
		--output results/ablation/nuclei-average-daffnet)
	$(BIN)/python -m bench.report --renew

# Frozen sets below FROZEN, named DATA-MODEL, each with one to tune on, and one leaderboard of all. NUCLEI and NUCLEI_HELD: images
# that the network was not trained on, to compare and to tune on. All partitioners take some hours;
# FROZEN_PARTITIONERS="waterz 'gaec(linkage=average)'" are fewer. `make frozen-DATA-MODEL` makes a part, on several machines at
# a time, `merge` joins them.
FROZEN := runs/frozen
FROZEN_BOARD := results/leaderboard/frozen
FROZEN_SETS := street-daffnet street-oracle cells-oracle neurites-oracle $(if $(NUCLEI),nuclei-daffnet nuclei-oracle)
FROZEN_IMAGES := 8
FROZEN_TRAIN := 2
FROZEN_TUNE := 5
FROZEN_TIMEOUT := 10
FROZEN_PARTITIONERS := '*' 'gaec(linkage=average)' 'gaec(linkage=sum)' 'rescored(partitioner=average-cascade)'
FROZEN_street := street
FROZEN_street_train := street(split=train, seed=2)
FROZEN_cells := volumes
FROZEN_cells_train := volumes(split=train)
FROZEN_neurites := volumes(kind=neurites)
FROZEN_neurites_train := volumes(kind=neurites, split=train)
FROZEN_nuclei := nuclei(root=$(NUCLEI))
FROZEN_nuclei_train := nuclei(root=$(NUCLEI_HELD))
FROZEN_daffnet := daffnet
FROZEN_oracle := oracle(noise=0.75)
frozen: $(FROZEN_SETS:%=frozen-%)
	$(BIN)/python -m bench.leaderboard merge $(FROZEN_SETS:%=$(FROZEN)/%-board) --output $(FROZEN_BOARD)

frozen-%: DATA = FROZEN_$(firstword $(subst -, ,$*))
frozen-%: MODEL = $(FROZEN_$(lastword $(subst -, ,$*)))
frozen-%: env
	$(BIN)/python -m bench.export $(FROZEN)/$* --data '$($(DATA))' --models '$(MODEL)' --limit $(FROZEN_IMAGES)
	$(BIN)/python -m bench.export $(FROZEN)/$*-train --data '$($(DATA)_train)' --models '$(MODEL)' --limit $(FROZEN_TRAIN)
	$(BIN)/python -m bench.leaderboard --data 'pyramids(root=$(FROZEN)/$*)' --train 'pyramids(root=$(FROZEN)/$*-train)' \
		--models saved --partitioners $(FROZEN_PARTITIONERS) --tune $(FROZEN_TUNE) --limit $(FROZEN_IMAGES) \
		--timeout $(FROZEN_TIMEOUT) --output $(FROZEN)/$*-board

# Warnings are errors, among them links to what is not there. History by asv is beside the pages.
docs: env
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet docs runs/docs
	$(BIN)/asv publish --html-dir runs/docs/asv
	@echo "Pages: runs/docs/index.html"

report: env
	$(BIN)/python -m bench.report

# NUCLEI_TRAIN: what the network for nuclei is trained on; NUCLEI: other images, which it is measured on.
models: env
	$(BIN)/torchrun --standalone --nproc-per-node 2 -m affinity_models.train street --threads 1
	$(BIN)/python -m bench.model_card runs/train/street --partitioners \
		'rescored(partitioner=cascade-gaec($(STREET), regrouping=gaec))'
	$(BIN)/torchrun --standalone --nproc-per-node 2 -m affinity_models.train nuclei --data 'nuclei(root=$(NUCLEI_TRAIN))' --threads 1
	$(BIN)/python -m bench.model_card runs/train/nuclei --data 'nuclei(root=$(NUCLEI))' --min-size 20 \
		--partitioners 'cascade-gaec($(CELLS), regrouping=gaec)'

asv: env
	$(BIN)/asv machine --yes
	$(BIN)/asv run HEAD^!
	$(BIN)/asv publish

instructions: env
	$(BIN)/python -m bench.instructions

fuzz: env
	$(BIN)/python tests/native/fuzz_run.py

# mutmut tests copies of all files, in mutants/. With -S, the finder of the editable installation, by which the originals
# would be imported, is not started.
SITE = $(shell $(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")
mutants: env
	$(BIN)/python -m pip install --quiet "mutmut>=3.8"
	mkdir -p mutants/partitioners
	cp $(SITE)/partitioners/_native*.so mutants/partitioners
	$(BIN)/python -S -c "import sys; sys.path.append('$(SITE)'); from mutmut.__main__ import cli; cli(['run'])"
	$(BIN)/mutmut results

wheels:
	rm -rf build/wheels dist && $(PYTHON) -m venv build/wheels/tools
	build/wheels/tools/bin/python -m pip install --quiet build
	build/wheels/tools/bin/python -m build --outdir dist .
	for archive in $(CURDIR)/dist/*; do \
		$(PYTHON) -m venv --clear build/wheels/fresh \
		&& build/wheels/fresh/bin/python -m pip install --quiet "$$archive" \
		&& (cd build/wheels && fresh/bin/python $(CURDIR)/tests/wheel/use.py) || exit; \
	done

clean:
	rm -rf .venv dist .asv build mutants
