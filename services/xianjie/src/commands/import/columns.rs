//! The workbook's sheets and columns: Chinese header, the field of the contract that it fills, an example.

/// A column.
pub struct Column {
    /// Header.
    pub header: &'static str,
    /// Path of the field in the contract's form; empty for the row's number.
    pub field: &'static str,
    /// What the example row says.
    pub example: &'static str,
}

const fn column(header: &'static str, field: &'static str, example: &'static str) -> Column {
    Column { header, field, example }
}

/// A sheet.
pub struct Sheet {
    /// Name.
    pub name: &'static str,
    /// Columns, the row's number first.
    pub columns: &'static [Column],
}

/// One row an application.
pub const APPLICATIONS: Sheet = Sheet {
    name: "申报",
    columns: &[
        column("序号", "", "1"),
        column("计划年度", "fiscal_year", "2022"),
        column("项目名称", "title", "示例村稻虾加工车间"),
        column("项目类别", "category", "INDUSTRY"),
        column("项目子类", "sub_type", "COLLECTIVE_NEW"),
        column("村区划代码", "village", "430921129201"),
        column("建设地点", "place", "村部东侧"),
        column("建设性质", "nature", "新建"),
        column("责任单位", "responsible_unit", "村民委员会"),
        column("项目负责人", "responsible_person", "村支部书记"),
        column("经营主体", "operator", "村股份经济合作社"),
        column("经营方式", "operating_mode", "自营"),
        column("总投资(元)", "total_fen", "1500000.00"),
        column("受益户数", "linkage.households", "120"),
        column("受益人数", "linkage.persons", "386"),
        column("其中脱贫人口", "linkage.lifted_out_persons", "64"),
        column("其中监测对象", "linkage.monitored_persons", "9"),
        column("利益联结方式", "linkage.ways", "务工、分红"),
        column("带动就业岗位", "jobs", "30"),
        column("其中临时岗位", "temporary_jobs", "12"),
        column("用地情况", "land_note", "利用村集体存量建设用地"),
        column("环境影响说明", "environment_note", "废水沉淀后回用"),
        column("进度安排", "schedule", "2022年4月开工,9月竣工"),
    ],
};

/// One row an item of construction.
pub const ITEMS: Sheet = Sheet {
    name: "建设内容",
    columns: &[
        column("序号", "", "1"),
        column("名称", "title", "加工车间"),
        column("数量", "quantity_milli", "1200"),
        column("单位", "unit", "平方米"),
        column("单价(元)", "unit_price_fen", "1250.00"),
        column("金额(元)", "amount_fen", "1500000.00"),
    ],
};

/// One row a line of money.
pub const BUDGET: Sheet = Sheet {
    name: "资金来源",
    columns: &[
        column("序号", "", "1"),
        column("来源代码", "source", "LINK"),
        column("用途", "use", "建设"),
        column("金额(元)", "amount_fen", "1500000.00"),
    ],
};

/// One row a performance target.
pub const TARGETS: Sheet = Sheet {
    name: "绩效目标",
    columns: &[
        column("序号", "", "1"),
        column("绩效指标", "indicator", "村集体年增收"),
        column("目标值", "target", "≥ 120000 元"),
    ],
};

/// All sheets that are read.
pub const SHEETS: [&Sheet; 4] = [&APPLICATIONS, &ITEMS, &BUDGET, &TARGETS];

/// What a clerk should know.
pub const NOTES: [&str; 6] = [
    "每个项目在“申报”表占一行,序号不得重复;其余各表用同一序号指明属于哪个项目。",
    "金额单位为元,最多两位小数,不写千分号和单位;数量最多三位小数。",
    "项目类别、子类、来源代码见县级配置包;村区划代码为12位数字,请设为文本格式。",
    "建设性质:新建、扩建、改建、续建。经营方式:自营、租赁、入股、委托。用途:建设、配套。",
    "可以只填计划年度、项目名称、村区划代码,其余在系统中补充;填了的必须正确。",
    "示例行导入前请删除。同一文件重复导入不会重复建档。",
];

/// The cell of a column (from 0) in a row (from 0) of a sheet: `申报!M3`.
pub fn cell(sheet: &str, row: usize, column: usize) -> String {
    // None of our sheets has more than 26 columns.
    let letter = char::from(b'A' + u8::try_from(column.min(25)).unwrap_or(25));
    format!("{sheet}!{letter}{}", row + 1)
}
